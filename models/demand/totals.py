"""Units a day of the whole region: the methods for count series compete on its past, and the best sets the level.

Rates share a day out among groups and urgency classes; how much there is to share is the forecast of the total. Methods
compete for the smallest absolute error, which rewards middles; units are added up, so the winner's forecasts are
scaled to the sum of what came. With too few days the weekday means of the rates stay as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hemoflow.domain.policy import Supply
from hemoflow.schemas.frames import conform
from hemoflow.schemas.supply import DEMAND_METHODS
from models.demand.history import History
from models.demand.panel import Panel
from models.demand.rates import complete_days, daily_units
from models.demand.rolling import FEWEST_SELECTION_DAYS, WARM_UP_DAYS, Choice, forecast

Floats = NDArray[np.float64]
COMPARED_DAYS = 1826
"""Past days on which methods compete; five years, so that a yearly feast is seen on most weekdays."""
LARGEST_CORRECTION = 1.25
SMALLEST_SHARE, SMALLEST = 0.1, 1e-9
"""Share of a mean day below which no forecast is taken as the measure of an error."""
RATES_ONLY = "weekday_rates"


@dataclass(frozen=True)
class Total:
    """Forecast of the total.

    Attributes:
        units: Expected units by day of the calendar; empty where the rates stay as they are.
        choice: The competition, None where the days were too few.
        days: Days of history.
        ratios: What came over what the chosen method had forecast, origins x days ahead; empty where none was chosen.
    """

    units: Floats
    choice: Choice | None
    days: int
    ratios: Floats

    @property
    def compared(self) -> int:
        """Days on which the methods competed."""
        return self.choice.last - self.choice.first if self.choice else 0

    def scaled(self, expected: pd.DataFrame) -> Floats:
        """Factor of each day of ``expected`` (days x cells), which must begin with the calendar, to reach the total."""
        if self.choice is None:
            return np.ones(len(expected))
        sums = expected.sum(axis=1).to_numpy()
        return np.asarray(np.divide(self.units[: len(sums)], sums, out=np.ones_like(sums), where=sums > 0), dtype=float)


def total_requests(history: pd.DataFrame, supply: Supply, *, as_of: date) -> Total:
    """Forecast of all units asked for by day of the horizon; ``history`` as for ``forecast_demand``."""
    return _total(history, supply, "request_on", "requested_units", as_of=as_of)


def total_donations(history: pd.DataFrame, supply: Supply, *, as_of: date) -> Total:
    """Forecast of all units donated by day of the horizon; ``history`` as for ``forecast_supply``."""
    return _total(history, supply, "donated_on", "donated_units", as_of=as_of)


def _total(history: pd.DataFrame, supply: Supply, day: str, units: str, *, as_of: date) -> Total:
    days = complete_days(history[day], history[units], as_of=as_of, history_days=COMPARED_DAYS)
    daily = daily_units(history, day=day, units=units, days=days).sum(axis=1)
    return _forecast(daily, pd.date_range(as_of, periods=supply.horizon_days), supply)


def _forecast(units: pd.Series, calendar: pd.DatetimeIndex, supply: Supply) -> Total:
    """Expected units of the region on the days of ``calendar``, which follow the last day of ``units``."""
    known = len(units)
    if known < WARM_UP_DAYS + FEWEST_SELECTION_DAYS or not units.sum():
        return Total(np.empty(0), None, known, np.empty((0, len(calendar))))
    days = pd.DatetimeIndex(units.index)
    history = History("", days, units.to_numpy(dtype=float), pd.DataFrame(index=days), known, ())
    country, _, part = supply.holiday_country.partition("-")
    panel = Panel(history, len(calendar), country, part)
    found = forecast(panel, (0.5,))
    choice = found.choice
    came = panel.truth[choice.first : choice.last]
    made = float(found.past[:, choice.ahead - 1].sum())
    correction = float(came.sum()) / made if made > 0 else 1.0
    bounded = float(np.clip(correction, 1 / LARGEST_CORRECTION, LARGEST_CORRECTION))
    return Total(found.table["forecast"].to_numpy(dtype=float) * bounded, choice, known, _ratios(came, found.past))


def _ratios(came: Floats, past: Floats) -> Floats:
    """What came over what was forecast, by the day before the first one foreseen (rows) and days ahead.

    Where a day far ahead was not foreseen, the error of one day less stands for its own.
    """
    usual = SMALLEST_SHARE * max(float(came.mean()), SMALLEST)
    ratio = pd.DataFrame(came[:, None] / np.maximum(past, usual)).ffill(axis=1).fillna(1.0).to_numpy()
    return np.column_stack([np.roll(column, -ahead) for ahead, column in enumerate(ratio.T)])


def method_frame(totals: Mapping[str, Total]) -> pd.DataFrame:
    """Which method forecasts what, and why, as DEMAND_METHODS; ``totals`` by what is forecast."""
    rows = [
        (subject, name, error, total.choice is None or name == total.choice.selected, total.compared, total.days)
        for subject, total in totals.items()
        for name, error in (total.choice.errors if total.choice else {RATES_ONLY: None}).items()
    ]
    frame = pd.DataFrame(rows, columns=list(DEMAND_METHODS.columns))
    return conform(frame, DEMAND_METHODS)
