"""Donations by blood group on the Malaysian series: the product's forecast, beside rules anybody could use.

At each origin of 2024, four weeks apart, ``forecast_supply`` sees the days before and foretells two weeks by group; its
groups add up to its total. ``seasonal_naive`` repeats the last known week, ``weekday_mean_8w`` the mean of eight same
weekdays. Coverage is the share of days within the 5th and 95th percentile of the drawn courses.
"""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

SERIES = Path(__file__).parent.parent / "data" / "malaysia-donations" / "blood_donations.csv"
GROUPS = {"a": "A+", "b": "B+", "o": "O+", "ab": "AB+"}
"""The series tells no RhD; the groups are counted as positive, as nearly all donors there are."""
DAYS, WEEKS, STEP_DAYS = 14, 8, 28
ORIGINS = [date(2024, 1, 1) + timedelta(days=STEP_DAYS * n) for n in range(13)]
INTERVAL = (0.05, 0.95)


def run() -> None:
    """Print the figures; about two minutes of processor time."""
    from hemoflow.domain.policy import load_policy
    from models.demand import COMPARED_DAYS, forecast_supply, total_donations
    from models.demand.courses import supply_courses, supply_scatter
    from models.demand.rates import GROUPS as ALL

    supply = load_policy("region_demo").supply
    history = _history()
    table = history.pivot_table(index="donated_on", columns="blood_group", values="donated_units", aggfunc="sum")
    errors: dict[str, list[pd.DataFrame]] = {}
    held: list[np.ndarray] = []
    for as_of in ORIGINS:
        start = pd.Timestamp(as_of)
        known = history[history["donated_on"].between(start - pd.Timedelta(days=COMPARED_DAYS), start, "left")]
        total = total_donations(known, supply, as_of=as_of)
        found = forecast_supply(known, supply, as_of=as_of, total=total)
        groups = list(GROUPS.values())
        made = found.pivot_table(index="supply_on", columns="blood_group", values="expected_units")[groups].head(DAYS)
        truth, before = table.loc[made.index, groups], table.loc[: start - pd.Timedelta(days=1), groups]
        np.testing.assert_allclose(made.sum(axis=1), total.units[:DAYS], rtol=1e-9)
        for name, forecast in {"forecast_supply": made, **_rules(before, made.index)}.items():
            errors.setdefault(name, []).append(_with_total(forecast - truth))
        courses = supply_courses(found, supply_scatter(known, supply, total, as_of=as_of), as_of=as_of)
        held.append(_held(courses[:, :DAYS][:, :, [ALL.index(group) for group in groups]], truth.to_numpy()))
    print(f"donations by group, {len(ORIGINS)} origins of 2024, days 1 to {DAYS} ahead, donations a day")
    found_errors = {name: pd.concat(parts) for name, parts in errors.items()}
    print(pd.DataFrame({name: part.abs().mean() for name, part in found_errors.items()}).T.round(1).to_string())
    print(f"bias of the total: {found_errors['forecast_supply']['total'].mean():+.1f}")
    columns = [*GROUPS, "total"]
    print("90 % interval held, by days ahead and group:")
    by_day = pd.DataFrame(np.mean(held, axis=0), columns=columns).groupby(np.arange(DAYS) // 7 * 7 + 1).mean()
    print(pd.concat([by_day, pd.DataFrame(by_day.mean()).T.set_axis(["all"])]).round(3).to_string())


def _history() -> pd.DataFrame:
    rows = pd.read_csv(SERIES, parse_dates=["date"])
    rows = rows[rows["blood_type"].isin(list(GROUPS))]
    return pd.DataFrame(
        {
            "donated_on": rows["date"].astype("datetime64[ns]"),
            "blood_group": rows["blood_type"].map(GROUPS),
            "donated_units": rows["donations"],
        }
    )


def _rules(before: pd.DataFrame, days: pd.Index) -> dict[str, pd.DataFrame]:
    """Both rules on days that follow those before."""
    weeks = before.tail(7 * WEEKS)
    usual = weeks.groupby(pd.DatetimeIndex(weeks.index).dayofweek).mean()
    naive = pd.concat([before.tail(7)] * (DAYS // 7)).set_axis(days)
    return {"seasonal_naive": naive, "weekday_mean_8w": usual.loc[pd.DatetimeIndex(days).dayofweek].set_axis(days)}


def _with_total(errors: pd.DataFrame) -> pd.DataFrame:
    return errors.assign(total=errors.sum(axis=1))


def _held(courses: np.ndarray, truth: np.ndarray) -> np.ndarray:
    drawn, seen = (np.concatenate([part, part.sum(axis=-1, keepdims=True)], axis=-1) for part in (courses, truth))
    low, high = np.quantile(drawn, INTERVAL, axis=0, method="inverted_cdf")
    return np.asarray((seen >= low) & (seen <= high))
