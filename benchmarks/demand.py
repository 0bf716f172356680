"""Demand and donations a week ahead: rolling origins on the demonstration's region, beside two rules anybody could use.

Each week is forecast from the days before it. Errors are units a day; coverage is the share of days on which the count
lay within the 5th and 95th percentile of the drawn courses (nominal .90), and at most at the 95th (.95), by group and
by days ahead. ``--weeks N`` asks for more.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from hemoflow.domain.policy import Supply

LAST_ON = date(2024, 10, 30)
HISTORY_DAYS = 365
INTERVAL = (0.05, 0.95)
WEEK = 7


def run() -> None:
    """Print the figures; about a minute of processor time, most of it for making the region."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks demand")
    parser.add_argument("--weeks", type=int, default=12)
    weeks = parser.parse_args(sys.argv[1:]).weeks
    from hemoflow.domain.policy import load_policy
    from models.demand import backtest_demand

    supply = load_policy("region_demo").supply
    with tempfile.TemporaryDirectory() as folder:
        requests, donations = _histories(Path(folder))
    table = backtest_demand(requests, supply, last_on=LAST_ON, windows=weeks)
    print(f"demand, {weeks} weeks up to {LAST_ON}, units a day")
    print(table.round(2).to_string(index=False))
    for words, held in _held(requests, donations, supply, weeks).items():
        _print(words, held)


def _histories(home: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    from hemoflow.asof.engine import open_view
    from hemoflow.domain.policy import load_policy
    from hemoflow.domain.refs import cut_instant
    from hemoflow.settings import Settings
    from hemoflow.store import open_store

    os.environ |= {"HEMOFLOW_HOME": str(home), "HEMOFLOW_PSEUDONYM_KEY": "a key for benchmarks only"}
    for word in ("init", "ingest"):
        subprocess.run([sys.executable, "-m", "flows", word], check=True, capture_output=True)
    settings, clock = Settings(), load_policy("region_demo").clock
    cut_at = cut_instant(LAST_ON + timedelta(days=1), clock.cut_hour, clock.time_zone)
    with (
        open_store(settings.store_url, settings.home) as store,
        open_view(store.active_paths(), cut_at, time_zone=clock.time_zone) as view,
    ):
        return view.request_history(HISTORY_DAYS), view.donation_history(HISTORY_DAYS)


def _held(requests: pd.DataFrame, donations: pd.DataFrame, supply: Supply, weeks: int) -> dict[str, list[np.ndarray]]:
    """Of each week, by what is forecast: share of interval and quantile kept, measures x days x (groups, total)."""
    from models.demand import demand_scatter, forecast_supply, supply_scatter, total_donations, total_requests
    from models.demand.courses import supply_courses
    from models.demand.forecast import other_units
    from models.demand.rates import GROUPS, daily_units
    from models.demand.scatter import draw

    held: dict[str, list[np.ndarray]] = {"demand": [], "donations": []}
    for back in range(weeks, 0, -1):
        as_of = LAST_ON - timedelta(days=WEEK * back - 1)
        week = pd.date_range(as_of, periods=WEEK)
        asked, given = (total_requests(requests, supply, as_of=as_of), total_donations(donations, supply, as_of=as_of))
        by_class = other_units(requests, supply, week, asked, as_of=as_of, predicted_days=0)
        expected = by_class.T.groupby(level="blood_group").sum().T[GROUPS].to_numpy()
        courses = draw(expected, demand_scatter(requests, supply, asked, as_of=as_of), seed=back)
        truth = daily_units(requests, day="request_on", units="requested_units", days=week).to_numpy()
        held["demand"].append(_kept(courses, truth))
        forecast = forecast_supply(donations, supply, as_of=as_of, total=given)
        courses = supply_courses(forecast, supply_scatter(donations, supply, given, as_of=as_of), as_of=as_of)
        truth = daily_units(donations, day="donated_on", units="donated_units", days=week).to_numpy()
        held["donations"].append(_kept(courses[:, :WEEK], truth))
    return held


def _kept(courses: np.ndarray, truth: np.ndarray) -> np.ndarray:
    drawn, seen = (np.concatenate([part, part.sum(axis=-1, keepdims=True)], axis=-1) for part in (courses, truth))
    low, high = np.quantile(drawn, INTERVAL, axis=0, method="inverted_cdf")
    return np.stack([(seen >= low) & (seen <= high), seen <= high]).astype(float)


def _print(words: str, held: list[np.ndarray]) -> None:
    """Coverage by group and by day ahead. Counts are whole: an interval of a few units holds more than it promises."""
    from models.demand.rates import GROUPS

    mean = np.mean(held, axis=0)
    names = [f"90 % interval ({words})", "95th percentile"]
    print(pd.DataFrame(mean.mean(axis=1), index=names, columns=[*GROUPS, "total"]).round(3).to_string())
    by_day = [mean[:, :, :-1].mean(axis=2), mean[:, :, -1]]
    rows = {
        f"{name}, {of}": part[n]
        for of, part in zip(("groups", "total"), by_day, strict=True)
        for n, name in enumerate(names)
    }
    print(pd.DataFrame(rows, index=[f"day {n + 1}" for n in range(WEEK)]).T.round(2).to_string())
