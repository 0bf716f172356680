"""A trial of a day: its identity, and what came of it.

A task belongs here when it concerns a plan made with changes; the stages themselves are those of the daily run.
"""

from collections.abc import Sequence
from dataclasses import replace

from hemoflow.domain.changes import Changes, read_changes
from hemoflow.domain.errors import StateError, UsageError
from hemoflow.domain.policy import load_policy
from hemoflow.domain.runs import RunRef
from hemoflow.reports.difference import COMPARED, COUNTED, Difference, difference
from hemoflow.settings import Settings
from hemoflow.store import RunKey, RunRecord, RunStatus, Store, WhatIf, open_store
from hemoflow.store.records import sha256_of_json
from tasks.ingest import identify

START = (RunStatus.DRAFT, RunStatus.APPROVED)


def open_trial(words: str, changes: Sequence[str], policy: str) -> tuple[RunRef, str]:
    """The run of a trial, and that of the plan that it starts from.

    Args:
        words: The plan: a draft or an approved run, the beginning of its name, or a day.
        changes: What is different, ``key=value`` each.
        policy: Policy profile of the plan.

    Raises:
        UsageError: The run or a change makes no sense, or nothing is different.
        StateError: The run is no plan, or what it was made from has changed since.
    """
    settings, wanted = Settings(), read_changes(changes)
    spec = policy_with(policy, wanted)
    with open_store(settings.store_url, settings.home) as store:
        base = store.run(words)
        _require_plan(store, base, policy)
        key, _ = identify(store, load_policy(spec), base.as_of, base.key.seed)
        key = _changed_key(key, wanted, changes)
        if key == base.key:
            raise UsageError("Nothing is different.", remedy="Change a value that the plan does not have yet.")
        run = store.open_run(key, RunStatus.TRIAL)
    data = tuple(sorted(changes)) if wanted.has_data else ()
    return RunRef(run.run_id, base.as_of, spec, base.key.seed, changes=data), base.run_id


def keep_trial(base_id: str, trial_id: str, changes: Sequence[str], by: str) -> WhatIf:
    """Note the trial and its difference from the plan that it started from."""
    settings = Settings()
    with open_store(settings.store_url, settings.home) as store:
        said = {"run_id": trial_id, **compare(store, base_id, trial_id)}
        return store.save_what_if(base_id, dict(words.split("=", 1) for words in changes), said, by=by)


def compare(store: Store, before: str, after: str) -> Difference:
    """What is different between two runs."""
    names = [*COMPARED, *COUNTED]
    frames = ({name: store.result(run_id, name) for name in names} for run_id in (before, after))
    return difference(*frames)


def adopt(what_if_id: str, by: str, reason: str) -> WhatIf:
    """Make a trial the draft of its day; the plan that it started from is superseded, unless somebody approved it."""
    settings = Settings()
    with open_store(settings.store_url, settings.home) as store:
        trial = store.what_if(what_if_id)
        adopted = store.adopt_what_if(what_if_id, trial.difference["run_id"], by=by, reason=reason)
        store.publish(trial.difference["run_id"])
    return adopted


def policy_with(policy: str, changes: Changes) -> str:
    """The name of a profile with changed values, which ``load_policy`` understands."""
    return "?".join([policy, "&".join(f"{key}={value}" for key, value in changes.policy)]) if changes.policy else policy


def _require_plan(store: Store, base: RunRecord, policy: str) -> None:
    if base.status not in START:
        raise StateError(
            f"Run {base.run_id} is {base.status}.", remedy="A what-if starts from a draft or approved plan."
        )
    known, _ = identify(store, load_policy(policy), base.as_of, base.key.seed)
    if known != base.key:
        other = sorted(name for name in known.__slots__ if getattr(known, name) != getattr(base.key, name))
        raise StateError(
            f"Run {base.run_id} was made from another {', '.join(other)}.", remedy="Run the day again, and start there."
        )


def _changed_key(key: RunKey, wanted: Changes, changes: Sequence[str]) -> RunKey:
    if not wanted.has_data:
        return key
    return replace(key, input_sha256=sha256_of_json({"input": key.input_sha256, "changes": sorted(changes)}))
