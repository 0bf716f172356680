"""Stage 2: what was known at the cut.

A task belongs here when it asks the past a question; keep every answer's use out.
"""

from prefect import task
from prefect.cache_policies import NO_CACHE

from hemoflow.asof.freshness import CRITICAL_TABLES
from hemoflow.domain.decisions import standing_deferrals
from hemoflow.domain.runs import RunRef
from hemoflow.store import StageRef
from models.notes import findings, mentions
from models.routing.deferrals import carried
from tasks.day import Day, Output, open_day

NOTE_DAYS = 84
"""Days of notes that the features look back on."""


@task(name="build-features", cache_policy=NO_CACHE, persist_result=False)
def build_features(run: RunRef) -> StageRef:
    """Point-in-time features of patients, and stock, requests and freshness of sources at the cut."""
    with open_day(run) as day:
        return day.stage("features", lambda: _known_at_cut(day))


def _known_at_cut(day: Day) -> Output:
    with day.view() as view:
        view.read_notes(mentions, NOTE_DAYS)
        told = standing_deferrals(day.store.decisions(), day.run.as_of, day.cut_at)
        profiles, requests = view.outpatient_profiles(), view.open_requests()
        return Output(
            {
                "freshness": view.freshness(CRITICAL_TABLES, day.policy.publication.stale_after_hours),
                "need_features": view.need_features(),
                "outpatient_profiles": profiles,
                "note_findings": findings(view.mentions(day.policy.watch.note_days)),
                "stock": view.stock(),
                "open_requests": requests,
                "deferrals": carried(told, requests, profiles, day.cut_at),
            }
        )
