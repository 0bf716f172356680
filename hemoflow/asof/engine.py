"""What a run may ask about the past, as one object that is bound to a cut."""

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from hemoflow.asof import fingerprint, histories, patients, supply
from hemoflow.asof.asking import Work
from hemoflow.asof.visible import Engine, open_engine
from hemoflow.domain.units import Component
from hemoflow.schemas.canonical import CAPACITY
from hemoflow.schemas.frames import conform
from hemoflow.schemas.watching import MENTIONS

EVER_DAYS = 36_500
"""Days that leave no note out."""


@contextmanager
def open_view(
    paths: Mapping[str, Sequence[Path | str]],
    cut_at: datetime,
    *,
    time_zone: str,
    threads: int = 1,
    engine: str = "duckdb",
) -> Iterator["View"]:
    """Open the canonical tables as they were known at the cut.

    Args:
        paths: Canonical table name to its Parquet files; a table without files is empty.
        cut_at: Instant up to which anything is visible; must carry a zone.
        time_zone: IANA zone of calendar days.
        threads: Threads of the engine; one gives the same bytes anywhere.
        engine: ``duckdb``, or ``spark`` for data that outgrow one machine.

    Raises:
        UsageError: The cut has no zone, the zone, the engine or a table is unknown, or the engine is not installed.
        InputError: A file is absent or lacks a column.
    """
    with open_engine(paths, cut_at, time_zone=time_zone, threads=threads, engine=engine) as opened:
        yield View(opened, paths)


@dataclass(frozen=True)
class View:
    """Questions at one cut; every answer is a frame of the house, sorted by its key."""

    engine: Engine
    paths: Mapping[str, Sequence[Path | str]]

    def need_features(self, points: pd.DataFrame | None = None) -> pd.DataFrame:
        """What was known of patients, as NEED_FEATURES.

        Args:
            points: ``patient_id`` and ``cut_at``; none means everybody under care at the cut.

        Raises:
            UsageError: A point lies after the cut.
        """
        return patients.need_features(self.engine, points)

    def training_points(self, cut_hour: int, *, chronic_every_days: int = 3) -> pd.DataFrame:
        """Past points (``patient_id``, ``cut_at``) of patients under care, at a local hour, up to the cut.

        Each day of each hospital stay counts. The chronic programme is seen every few days only: neighbouring days of
        an outpatient say the same, and three shares no factor with seven, so that every weekday occurs.

        Args:
            cut_hour: Local hour of the daily run.
            chronic_every_days: Days between two points of a patient in the chronic programme.
        """
        return patients.training_points(self.engine, cut_hour, chronic_every_days)

    def need_labels(self, points: pd.DataFrame, horizon_days: int) -> pd.DataFrame:
        """What patients needed after each point, day by day, as NEED_LABELS; points not fully known are left out."""
        return patients.need_labels(self.engine, points, horizon_days)

    def learning_rows(self, points: pd.DataFrame, horizon_days: int) -> Any:  # noqa: ANN401
        """Features of past points beside what was needed on each coming day, left where the engine holds them.

        Returns:
            A Spark frame: the columns of NEED_FEATURES, ``event_N`` and ``units_N`` for each day N of the horizon.

        Raises:
            UsageError: The engine answers on this machine.
        """
        return patients.learning_rows(self.engine, points, horizon_days)

    def crossings(self, points: pd.DataFrame, default_threshold: float) -> pd.DataFrame:
        """Days from each point until haemoglobin was seen below the threshold or red cells were given.

        Columns ``patient_id, cut_at, due_days, followed_days``; ``due_days`` is missing where neither has come yet.
        """
        return patients.crossings(self.engine, points, default_threshold)

    def need_protocol(self, points: pd.DataFrame, fresh_hours: int) -> pd.DataFrame:
        """Days of stays with a fresh haemoglobin of that stay, by the evaluation protocol of the need model.

        Columns ``patient_id, cut_at, encounter_id, haemoglobin_g_per_dl, haemoglobin_age_hours``; a day that two stays
        share is a row of each.
        """
        return patients.need_protocol(self.engine, points, fresh_hours)

    def outpatient_profiles(self) -> pd.DataFrame:
        """Patients of the chronic programme, as OUTPATIENT_PROFILES."""
        return patients.outpatient_profiles(self.engine)

    def read_notes(self, read: Work, note_days: int = EVER_DAYS) -> None:
        """Read the clinical notes of the days before the cut; without this the features say nothing of notes.

        However many there are, only some are in memory at a time.

        Args:
            read: From ``patient_id, note_id, source, written_at, available_at, body`` of some notes to MENTIONS.
            note_days: Days before the cut.
        """
        self.engine.derive(MENTIONS, read, "notes", note_days=note_days)

    def mentions(self, note_days: int) -> pd.DataFrame:
        """What was read in the notes of the days before the cut, as MENTIONS."""
        return conform(self.engine.ask("mentions", note_days=note_days), MENTIONS)

    def stock(self) -> pd.DataFrame:
        """Units in the house, as STOCK."""
        return supply.stock(self.engine)

    def open_requests(self) -> pd.DataFrame:
        """Requests of the last 30 days not yet fully issued, as OPEN_REQUESTS."""
        return supply.open_requests(self.engine)

    def stock_count_before(self, component: Component = Component.RED_CELLS) -> pd.DataFrame:
        """Free units by group (``blood_group``, ``available_units``) at the same local hour the day before."""
        before = self.engine.cut_at.astimezone(self.engine.zone) - timedelta(days=1)
        here = self.engine
        with open_engine(self.paths, before, time_zone=here.zone.key, engine=here.name) as engine:
            return supply.stock_count(engine, component)

    def request_history(self, days: int, component: Component = Component.RED_CELLS) -> pd.DataFrame:
        """Units asked for in the last full local days, by the group to supply; what was withdrawn does not count.

        Columns ``request_on, blood_group, urgency, programme, requested_units``; every combination is there, zeros too.
        """
        return histories.requests(self.engine, days, component)

    def request_sites(self, days: int, component: Component = Component.RED_CELLS) -> pd.DataFrame:
        """Units asked for in the last full local days by site: ``site_id, urgency, requested_units``."""
        return histories.request_sites(self.engine, days, component)

    def donation_history(self, days: int, component: Component = Component.RED_CELLS) -> pd.DataFrame:
        """Units donated in the last full local days: ``donated_on, blood_group, donated_units``, zeros too."""
        return histories.donations(self.engine, days, component)

    def issue_history(self, days: int, component: Component = Component.RED_CELLS) -> pd.DataFrame:
        """What left the stock in the last full local days, zeros too.

        Columns ``issue_on, blood_group, issued_units, outdated_units, discarded_units``; a unit issued and later
        returned or discarded is not counted as issued.
        """
        return histories.issues(self.engine, days, component)

    def freshness(self, critical: Sequence[str], stale_after_hours: int) -> pd.DataFrame:
        """Freshness of each table of each source, as FRESHNESS.

        Args:
            critical: Tables that a plan needs; the freshest source of each is marked critical, and a table without
                any record appears with no rows and is stale.
            stale_after_hours: Age from which a table is stale.
        """
        return supply.freshness(self.engine, critical, stale_after_hours)

    def capacity(self) -> pd.DataFrame:
        """What teams can do from the cut's local day on, as CAPACITY."""
        return conform(self.engine.ask("capacity"), CAPACITY)

    def content_hash(self, remembered: MutableMapping[str, str] | None = None) -> str:
        """SHA-256 of everything visible; records that arrive after the cut do not change it.

        Args:
            remembered: What whole files added before; is filled, so that only new files are read.
        """
        return fingerprint.content_hash(self.engine, self.paths, remembered)
