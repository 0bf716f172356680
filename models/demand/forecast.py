"""What will be asked for and what will be donated, by day and blood group, over the horizon.

Demand has three parts that never count the same unit twice: *known* open requests; *predicted* need of patients under
care, less what they already asked for; *other* requests, from history. Patients without a known group count where the
emergency rule would supply them.
"""

from datetime import date

import numpy as np
import pandas as pd

from hemoflow.domain.blood_groups import emergency_groups
from hemoflow.domain.errors import InputError
from hemoflow.domain.policy import Supply
from hemoflow.domain.requests import CareSetting, Urgency
from hemoflow.schemas.frames import conform
from hemoflow.schemas.supply import DEMAND, SUPPLY_FORECAST
from models.demand.counts import whole_units
from models.demand.courses import demand_scatter, supply_scatter
from models.demand.rates import GROUPS, complete_days, daily_units, weekday_rates
from models.demand.scatter import quantile
from models.demand.totals import Total, total_donations, total_requests

CELL = ["blood_group", "urgency"]
OUTSIDE_CARE = "background"
"""Programme of the patients whom no model predicts one by one."""


def forecast_demand(
    open_requests: pd.DataFrame,
    need: pd.DataFrame,
    need_by_day: pd.DataFrame,
    history: pd.DataFrame,
    supply: Supply,
    *,
    as_of: date,
    total: Total | None = None,
) -> pd.DataFrame:
    """Demand of every group, urgency and day of the horizon.

    Args:
        open_requests: OPEN_REQUESTS at the cut.
        need: NEED of the patients under care.
        need_by_day: NEED_BY_DAY of the same patients.
        history: ``request_on, blood_group, urgency, programme, requested_units`` by supply group, every day present.
        supply: Policy section.
        as_of: The run's day, day 1. Its requests so far are in ``open_requests``, never in the history used; history
            still counts the whole of day 1, which errs on the side of stock.
        total: What ``total_requests`` says of the same history, if it was asked already.

    Returns:
        A frame of DEMAND. Beyond the last day of ``need_by_day`` the recent rate of all programmes takes over, in
        ``other_units``.

    Raises:
        InputError: A request or a row of history has an urgency that the policy does not know.
        StateError: There is no history before ``as_of``.
    """
    calendar = pd.date_range(as_of, periods=supply.horizon_days, name="demand_on")
    cells = pd.MultiIndex.from_product([GROUPS, supply.urgency_deadlines_days], names=CELL)
    requests = open_requests[open_requests["component"] == supply.component]
    _refuse_unknown_urgencies(requests, history, supply)
    known = _table(_known(requests, calendar), "open_units", calendar, cells)
    predicted = _table(_predicted(requests, need, need_by_day), "expected_units", calendar, cells)
    total = total or total_requests(history, supply, as_of=as_of)
    days = _last_day(need_by_day)
    other = other_units(history, supply, calendar, total, as_of=as_of, predicted_days=days).reindex(columns=cells)
    expected = (predicted + other).to_numpy()
    new = whole_units(expected)
    very_urgent = cells.get_level_values("urgency") == Urgency.VERY_URGENT
    scatter = demand_scatter(history, supply, total, as_of=as_of, urgency=Urgency.VERY_URGENT)
    upper = new.copy()
    upper[:, very_urgent] = np.maximum(
        new[:, very_urgent], quantile(expected[:, very_urgent], scatter, supply.very_urgent_quantile)
    )
    parts = {
        "known_units": known.to_numpy(),
        "predicted_units": predicted.to_numpy(),
        "other_units": other.to_numpy(),
        "new_units": new,
        "quantile_units": upper,
    }
    return conform(_long(parts, calendar, cells).assign(component=supply.component), DEMAND)


def forecast_supply(history: pd.DataFrame, supply: Supply, *, as_of: date, total: Total | None = None) -> pd.DataFrame:
    """Donations of every group and day of the horizon.

    Args:
        history: ``donated_on, blood_group, donated_units``, every day present.
        supply: Policy section.
        as_of: The run's day; its own donations are not complete and not used.
        total: What ``total_donations`` says of the same history, if it was asked already.

    Returns:
        A frame of SUPPLY_FORECAST: shrunk weekday means, their whole units, and the policy's low quantile.

    Raises:
        StateError: There is no history before ``as_of``.
    """
    calendar = pd.date_range(as_of, periods=supply.horizon_days, name="supply_on")
    days = complete_days(history["donated_on"], history["donated_units"], as_of=as_of, history_days=supply.history_days)
    daily = daily_units(history, day="donated_on", units="donated_units", days=days)
    rates = weekday_rates(daily)
    usual = rates.on(calendar)
    total = total or total_donations(history, supply, as_of=as_of)
    expected = usual.to_numpy() * total.scaled(usual)[:, None]
    planned = whole_units(expected)
    low = quantile(expected, supply_scatter(history, supply, total, as_of=as_of), supply.donation_low_quantile)
    parts = {"expected_units": expected, "planned_units": planned, "low_units": np.minimum(low, planned)}
    groups = pd.Index(GROUPS, name="blood_group")
    return conform(_long(parts, calendar, groups).assign(component=supply.component), SUPPLY_FORECAST)


def other_units(
    history: pd.DataFrame, supply: Supply, calendar: pd.DatetimeIndex, total: Total, *, as_of: date, predicted_days: int
) -> pd.DataFrame:
    """New units expected from history by day (rows) and (group, urgency) (columns).

    The first ``predicted_days`` days count only patients outside care, whom no model predicts; later days count all.
    ``total`` says how much all of them ask for on each day; groups and classes share it as they did of late.
    """
    days = complete_days(
        history["request_on"], history["requested_units"], as_of=as_of, history_days=supply.history_days
    )
    tables, usual = {}, []
    for urgency in supply.urgency_deadlines_days:
        of_class = history[history["urgency"] == urgency]
        outside = of_class[of_class["programme"] == OUTSIDE_CARE]
        everybody, others = (
            weekday_rates(daily_units(rows, day="request_on", units="requested_units", days=days)).on(calendar)
            for rows in (of_class, outside)
        )
        usual.append(everybody)
        tables[urgency] = pd.concat([others[:predicted_days], everybody[predicted_days:]])
    other = pd.concat(tables, axis=1, names=["urgency", "blood_group"]).swaplevel(axis=1)
    return other.mul(total.scaled(pd.concat(usual, axis=1)), axis=0)


def _refuse_unknown_urgencies(requests: pd.DataFrame, history: pd.DataFrame, supply: Supply) -> None:
    found = set(requests["urgency"]) | set(history["urgency"])
    strange = sorted(int(urgency) for urgency in found - set(supply.urgency_deadlines_days))
    if strange:
        raise InputError(
            f"Requests have the urgency classes {strange}, the policy knows {list(supply.urgency_deadlines_days)}.",
            remedy="Map them in the connector or add them to supply.urgency_deadlines_days.",
        )


def _known(requests: pd.DataFrame, calendar: pd.DatetimeIndex) -> pd.DataFrame:
    """Open units on the day they are due; overdue ones on the first day."""
    due = requests["due_on"].mask(requests["due_on"] < calendar[0], calendar[0])
    return requests.assign(demand_on=due, blood_group=requests["supply_blood_group"])


def _predicted(requests: pd.DataFrame, need: pd.DataFrame, need_by_day: pd.DataFrame) -> pd.DataFrame:
    """Need by day beyond what each patient already asked for: open units are taken off the earliest days."""
    asked = requests.groupby("patient_id")["open_units"].sum()
    days = need_by_day.sort_values(["patient_id", "day_number"]).merge(_cells_of(requests, need), on="patient_id")
    open_units = days["patient_id"].map(asked).fillna(0).astype("float64")
    days["running"] = days.groupby("patient_id")["expected_units"].cumsum()
    before = (days["running"] - days["expected_units"] - open_units).clip(lower=0.0)
    return days.assign(
        expected_units=((days["running"] - open_units).clip(lower=0.0) - before).clip(lower=0.0),
        demand_on=days["need_on"],
    )


def _cells_of(requests: pd.DataFrame, need: pd.DataFrame) -> pd.DataFrame:
    """Group and urgency in which a patient's predicted need is counted.

    A missing group takes that of the patient's open request, else the safest class of the emergency rule, because the
    need frame carries neither sex nor age. Stays count as urgent, everybody else as not urgent.
    """
    supplied = requests.sort_values("request_id").drop_duplicates("patient_id").set_index("patient_id")
    group = need["blood_group"].fillna(need["patient_id"].map(supplied["supply_blood_group"]))
    inpatient = need["care_setting"] == CareSetting.INPATIENT
    return pd.DataFrame(
        {
            "patient_id": need["patient_id"],
            "blood_group": group.fillna(str(emergency_groups(None, None)[0])),
            "urgency": np.where(inpatient, int(Urgency.URGENT), int(Urgency.NOT_URGENT)),
        }
    )


def _last_day(need_by_day: pd.DataFrame) -> int:
    return 0 if need_by_day.empty else int(need_by_day["day_number"].max())


def _table(rows: pd.DataFrame, units: str, calendar: pd.DatetimeIndex, cells: pd.MultiIndex) -> pd.DataFrame:
    table = rows.pivot_table(index="demand_on", columns=CELL, values=units, aggfunc="sum", fill_value=0)
    return table.reindex(index=calendar, columns=cells, fill_value=0).astype("float64")


def _long(parts: dict[str, np.ndarray], calendar: pd.DatetimeIndex, cells: pd.Index) -> pd.DataFrame:
    """One row for each day and cell; ``parts`` are tables of days x cells."""
    index = pd.MultiIndex.from_product([calendar, range(len(cells))]).to_frame(index=False, name=["day", "cell"])
    keys = cells.to_frame(index=False).iloc[index["cell"]].reset_index(drop=True)
    values = pd.DataFrame({name: table.ravel() for name, table in parts.items()})
    day_number = (index["day"] - calendar[0]).dt.days + 1
    return pd.concat([keys, values], axis=1).assign(**{str(calendar.name): index["day"], "day_number": day_number})
