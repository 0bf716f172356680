"""Looking back: what the published plans expected, and what came.

A task belongs here when it compares plans with outcomes; keep the making of plans out.
"""

from datetime import date, timedelta

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from hemoflow.asof.engine import open_view
from hemoflow.domain.policy import load_policy
from hemoflow.domain.refs import cut_instant
from hemoflow.reports.review import in_words, plan_against_actual
from hemoflow.settings import Settings
from hemoflow.store import Store, open_store
from tasks.artifacts import show_table

DAYS = 31


@task(name="review-plans", cache_policy=NO_CACHE, persist_result=False)
def review_plans(as_of: date, policy: str) -> str:
    """Compare the month's published plans with what is known at the cut of ``as_of``; shown as plan-against-actual."""
    settings, rules = Settings(), load_policy(policy)
    cut_at = cut_instant(as_of, rules.clock.cut_hour, rules.clock.time_zone)
    with open_store(settings.store_url, settings.home) as store:
        with open_view(store.active_paths(), cut_at, time_zone=rules.clock.time_zone, **settings.asking) as view:
            requested = view.request_history(DAYS)
        review = plan_against_actual(_planned(store, as_of, rules.name), requested)
    words = in_words(review)
    show_table("plan-against-actual", review, words)
    return words


def _planned(store: Store, as_of: date, policy_name: str) -> pd.DataFrame:
    rows = []
    for day in (as_of - timedelta(days=back) for back in range(DAYS, 0, -1)):
        if run := store.published_run(day, policy_name):
            demand = store.result(run.run_id, "demand")
            new = demand.loc[demand["day_number"] == 1, ["predicted_units", "other_units"]].to_numpy().sum()
            rows.append((pd.Timestamp(day), round(float(new), 2)))
    frame = pd.DataFrame(rows, columns=["day", "planned_units"])
    return frame.astype({"day": "datetime64[us]", "planned_units": "float64"})
