"""Demand and donations a week ahead: rolling origins on the demonstration's region, beside two rules anybody could use.

Each week is forecast from the days before it. Errors are units a day; coverage is the share of days on which the count
was at most the 95th percentile of the drawn courses, for single groups and for their sum. ``--weeks N`` asks for more.
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
PROBABILITY = 0.95
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
    for words, (single, total) in _coverage(requests, donations, supply, weeks).items():
        print(f"  {words}: 95th percentile of a group held {single:.1%} of days, of all groups {total:.1%}")


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


def _coverage(
    requests: pd.DataFrame, donations: pd.DataFrame, supply: Supply, weeks: int
) -> dict[str, tuple[float, float]]:
    from models.demand import demand_scatter, forecast_supply, total_requests
    from models.demand.courses import supply_courses
    from models.demand.forecast import other_units
    from models.demand.rates import GROUPS, daily_units
    from models.demand.scatter import draw

    held: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {"demand": [], "donations": []}
    for back in range(weeks, 0, -1):
        as_of = LAST_ON - timedelta(days=WEEK * back - 1)
        week = pd.date_range(as_of, periods=WEEK)
        total = total_requests(requests, supply, as_of=as_of)
        by_class, _ = other_units(requests, supply, week, total, as_of=as_of, predicted_days=0)
        expected = by_class.T.groupby(level="blood_group").sum().T[GROUPS].to_numpy()
        asked = draw(expected, demand_scatter(requests, supply, as_of=as_of), seed=back)
        truth = daily_units(requests, day="request_on", units="requested_units", days=week).to_numpy()
        held["demand"].append(_held(asked, truth))
        given = supply_courses(forecast_supply(donations, supply, as_of=as_of), donations, supply, as_of=as_of)
        truth = daily_units(donations, day="donated_on", units="donated_units", days=week).to_numpy()
        held["donations"].append(_held(given[:, :WEEK], truth))
    return {
        words: (float(np.mean([a.mean() for a, _ in found])), float(np.mean([b.mean() for _, b in found])))
        for words, found in held.items()
    }


def _held(courses: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    single = np.quantile(courses, PROBABILITY, axis=0, method="inverted_cdf")
    total = np.quantile(courses.sum(axis=2), PROBABILITY, axis=0, method="inverted_cdf")
    return truth <= single, truth.sum(axis=1) <= total
