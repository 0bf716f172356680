"""Telling people: events that automations listen to, and notices in the ledger.

A task belongs here when it tells somebody that something happened; what happened is decided elsewhere.
"""

from datetime import date

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.events import emit_event

from hemoflow.domain.policy import load_policy
from hemoflow.settings import Settings
from hemoflow.store import RunStatus, open_store
from models.drift import words
from tasks.progress import is_own_run

BY = "automation"


@task(name="write-notice", cache_policy=NO_CACHE, persist_result=False)
def write_notice(kind: str, about: str) -> None:
    """Write a notice into the ledger, where people who sign in see it."""
    settings = Settings()
    with open_store(settings.store_url, settings.home) as store:
        store.note("notice", about, BY, kind, {})


@task(name="look-for-approval", cache_policy=NO_CACHE, persist_result=False)
def look_for_approval(as_of: date, policy: str) -> bool:
    """Whether the plan of a day is approved; emits the event hemoflow.not-approved when it is not."""
    settings, name = Settings(), load_policy(policy).name
    with open_store(settings.store_url, settings.home) as store:
        run = store.published_run(as_of, name)
    is_approved = run is not None and run.status is RunStatus.APPROVED
    if not is_approved:
        tell("not-approved", f"day.{as_of}", f"The plan of {as_of} is not approved.")
    return is_approved


def tell_phases(as_of: date, before: pd.DataFrame, now: pd.DataFrame) -> None:
    """Emit one event hemoflow.phase for each group whose stock changed its phase since the day before."""
    names = ["component", "blood_group"]
    both = now[[*names, "phase"]].merge(before[[*names, "phase"]], on=names, suffixes=("", "_before"))
    for row in both[both["phase"] != both["phase_before"]].itertuples():
        words = f"{row.blood_group} is {row.phase} on {as_of}, it was {row.phase_before}."
        tell("phase", f"stock.{row.component}.{row.blood_group}", words)


def tell_drift(model_id: str, drifted: pd.DataFrame) -> None:
    """Emit the event hemoflow.drift when a column or the score is beyond the policy's limit."""
    if said := words(drifted, model_id):
        tell("drift", f"model.{model_id}", said)


def tell(what: str, about: str, words: str) -> None:
    """Emit an event of ours; only inside a run of its own, because nobody wants to hear of a backfill's past days."""
    if is_own_run():
        resource = {"prefect.resource.id": f"hemoflow.{about}", "prefect.resource.name": words}
        emit_event(f"hemoflow.{what}", resource=resource)
