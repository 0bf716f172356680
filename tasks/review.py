"""Looking back: what the published plans and models expected, and what came.

A task belongs here when it compares what was published with outcomes; keep the making of plans and models out.
"""

from datetime import date, timedelta

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from hemoflow.asof.engine import View, open_view
from hemoflow.domain.policy import Policy, load_policy
from hemoflow.domain.refs import cut_instant
from hemoflow.reports.review import in_words, month_page, plan_against_actual
from hemoflow.settings import Settings
from hemoflow.store import RunRecord, Store, open_store
from models.need.month_end import Verdict, judge_month, sentences
from tasks.artifacts import show_table, show_text

DAYS = 31
BY = "monthly review"


@task(name="review-month", cache_policy=NO_CACHE, persist_result=False)
def review_month(as_of: date, policy: str) -> str:
    """Compare the month's plans and predictions with what is known at the cut of ``as_of``; suggest, never retrain."""
    settings, rules = Settings(), load_policy(policy)
    cut_at = cut_instant(as_of, rules.clock.cut_hour, rules.clock.time_zone)
    with open_store(settings.store_url, settings.home) as store:
        runs = _published(store, as_of, rules.name)
        with open_view(store.active_paths(), cut_at, time_zone=rules.clock.time_zone, **settings.asking) as view:
            review = plan_against_actual(_planned(store, runs), view.request_history(DAYS))
            verdict = _judged(store, runs, view, rules)
        words = in_words(review)
        show_table("plan-against-actual", review, words)
        show_table("models-of-the-month", verdict.figures, "Need models in use, against what came within 24 hours")
        show_text("month-end", month_page(f"{DAYS} days to {as_of}", words, sentences(verdict)), "Monthly evaluation")
        for reason in verdict.suggestions:
            store.note("notice", reason, BY, "retrain", {})
    return " ".join([words, *sentences(verdict)])


def _published(store: Store, as_of: date, policy_name: str) -> list[RunRecord]:
    days = (as_of - timedelta(days=back) for back in range(DAYS, 0, -1))
    found = (store.published_run(day, policy_name) for day in days)
    return [run for run in found if run is not None and run.model_id]


def _planned(store: Store, runs: list[RunRecord]) -> pd.DataFrame:
    rows = []
    for run in runs:
        demand = store.result(run.run_id, "demand")
        new = demand.loc[demand["day_number"] == 1, ["predicted_units", "other_units"]].to_numpy().sum()
        rows.append((pd.Timestamp(run.as_of), round(float(new), 2)))
    frame = pd.DataFrame(rows, columns=["day", "planned_units"])
    return frame.astype({"day": "datetime64[us]", "planned_units": "float64"})


def _judged(store: Store, runs: list[RunRecord], view: View, rules: Policy) -> Verdict:
    parts = [
        store.result(run.run_id, "need")[["patient_id", "request_24h_probability"]].assign(
            model_id=run.model_id,
            cut_at=pd.Timestamp(cut_instant(run.as_of, rules.clock.cut_hour, rules.clock.time_zone)),
        )
        for run in runs
    ]
    if not parts:
        return Verdict(pd.DataFrame(), ())
    said, drifting, names = pd.concat(parts, ignore_index=True), dict[str, int](), {run.model_id for run in runs}
    for run in runs:
        is_drifting = bool(store.result(run.run_id, "drift")["is_drifting"].any())
        drifting[run.model_id] = drifting.get(run.model_id, 0) + is_drifting
    metrics = {name: store.model(name).metrics for name in names}
    came = view.need_labels(said[["patient_id", "cut_at"]], 1)
    return judge_month(said, came, drifting, metrics, rules.watch)
