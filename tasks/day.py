"""The workshop of one logical day: settings, store and policy, opened once for each stage.

This is not a stage. It belongs here because settings are read at the edge and because resuming a stage is the same for
all of them: a stage whose files still carry their recorded hashes is never computed twice.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

import pandas as pd

from hemoflow.asof.engine import View, open_view
from hemoflow.domain.changes import read_changes
from hemoflow.domain.errors import StateError
from hemoflow.domain.policy import Policy, load_policy
from hemoflow.domain.refs import cut_instant
from hemoflow.domain.runs import RunRef
from hemoflow.settings import Settings
from hemoflow.store import ModelRecord, RunRecord, RunStatus, StageRef, Store, open_store
from tasks.hypothesis import Hypothesis
from tasks.notices import tell_drift, tell_phases
from tasks.pinned import need_model
from tasks.progress import logger, timed


@dataclass(frozen=True)
class Output:
    """What a stage computed: frames by layout name, other files by file name."""

    frames: Mapping[str, pd.DataFrame]
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Day:
    """Settings, store and policy at hand while a stage runs."""

    settings: Settings
    store: Store
    policy: Policy
    run: RunRef

    @cached_property
    def cut_at(self) -> datetime:
        """The instant after which nothing is known."""
        return cut_instant(self.run.as_of, self.policy.clock.cut_hour, self.policy.clock.time_zone)

    @contextmanager
    def view(self) -> Iterator[View]:
        """Everything that was known at the cut; in a trial, as if its changes were true."""
        paths, changes = self.store.active_paths(), read_changes(self.run.changes)
        with open_view(paths, self.cut_at, time_zone=self.policy.clock.time_zone, **self.settings.asking) as view:
            yield Hypothesis(view.engine, view.paths, changes, self.policy.supply) if self.run.changes else view

    def model(self, kind: str = "need") -> ModelRecord:
        """The promoted model of a kind that had been trained by the run's day."""
        as_of = self.run.as_of
        record = need_model(self.store, as_of) if kind == "need" else self.store.promoted_model(kind, as_of)
        if record is None:
            raise StateError(
                f"No promoted {kind} model was trained on or before {self.run.as_of}.",
                remedy=f"Run `hemoflow train --as-of {self.run.as_of}` first.",
            )
        return record

    def published(self, status: str) -> RunRecord:
        """The run, marked as published; what a person has approved stays as it is."""
        record = self.store.run(self.run.run_id)
        if record.status in {RunStatus.APPROVED, RunStatus.TRIAL}:
            return record
        if record.status == RunStatus.RUNNING:
            self._tell_phases()
            tell_drift(record.model_id, self.store.result(self.run.run_id, "drift"))
        return self.store.publish(self.run.run_id, status)

    def _tell_phases(self) -> None:
        as_of = self.run.as_of
        if before := self.store.published_run(as_of - timedelta(days=1), self.policy.name):
            phases = (self.store.result(run_id, "stock_status") for run_id in (before.run_id, self.run.run_id))
            tell_phases(as_of, *phases)

    def stage(self, name: str, compute: Callable[[], Output]) -> StageRef:
        """The saved result of a stage, computed only when it is absent or damaged."""
        saved = self.store.find_stage(self.run.run_id, name)
        if saved is not None:
            logger().info("%s: already there, hashes fit", name)
            return saved
        with timed(self.run.as_of.isoformat(), name) as watch:
            output = compute()
            ref = self.store.save_stage(self.run.run_id, name, output.frames, output.files)
        rows = ", ".join(f"{frame.name} {frame.rows} rows" for frame in ref.frames)
        logger().info("%s in %.1f s: %s", name, watch.seconds[name], rows)
        return ref


@contextmanager
def open_day(run: RunRef) -> Iterator[Day]:
    """Open the workshop for one stage of ``run``; when the stage fails, the run is FAILED in our store as well."""
    settings = Settings()
    with open_store(settings.store_url, settings.home) as store:
        try:
            yield Day(settings, store, load_policy(run.policy), run)
        except Exception:
            store.fail(run.run_id)
            raise
