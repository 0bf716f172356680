"""A synthetic cohort of chronic outpatients, larger and longer than the demonstration's, to judge the units of 28 days.

This is no stage. It belongs here because it draws a source through its connector and asks the past about it; nothing
enters the store.
"""

import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from hemoflow.asof.engine import open_view
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.synthetic.chronic import make_chronic
from hemoflow.connectors.synthetic.magnitudes import DEMO
from hemoflow.domain.policy import Policy
from hemoflow.domain.refs import cut_instant
from hemoflow.schemas.canonical import CANONICAL
from models.need import MONTH_DAYS
from models.need.cohort import evaluate_month
from models.need.cohort_dates import evaluate_dates
from models.need.in_time import evaluate_days
from tasks.study import IN_MEMORY_KEY, write_lake

FIRST_ON = date(2023, 7, 1)
EVERY_DAYS = 7


def cohort_evaluated(patients: int, rules: Policy, *, seed: int, threads: int = 1) -> dict[str, Any]:
    """Units of 28 days, due day and next 24 hours of a drawn cohort of 16 months, judged on later days.

    Args:
        patients: Size of the cohort.
        rules: Policy; its need section trains.
        seed: Seed of the cohort and of the model.
        threads: DuckDB threads.
    """
    region = replace(DEMO, chronic_patients=patients, first_on=FIRST_ON)
    frames = make_chronic(Pseudonymiser(IN_MEMORY_KEY), region, seed)
    frames["requests"] = frames["requests"][list(CANONICAL["requests"].columns)]
    cut_at = cut_instant(region.last_on, rules.clock.cut_hour, rules.clock.time_zone)
    with tempfile.TemporaryDirectory() as lake:
        paths = write_lake(frames, Path(lake))
        with open_view(paths, cut_at, time_zone=rules.clock.time_zone, threads=threads) as view:
            points = view.training_points(rules.clock.cut_hour, chronic_every_days=EVERY_DAYS)
            known = points[points["cut_at"] <= cut_at - timedelta(days=MONTH_DAYS)]
            features = view.need_features(known)
            labels = view.need_labels(known, MONTH_DAYS)
            crossings = view.crossings(known, rules.need.default_threshold_g_per_dl)
    found = evaluate_month(features, pd.DataFrame(labels), rules.need, seed=seed)
    dates = evaluate_dates(features, crossings, rules.need, seed=seed)
    days = evaluate_days(features, labels, rules.need, seed=seed)
    return {"cohort_patients": patients, "seed": seed, **found, "due_day": dates, "next_24_hours": days}
