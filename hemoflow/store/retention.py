"""Retention: rows older than the policy keeps leave the lake, and runs that nobody approved leave the store.

What a person approved, its ledger and its results stay. A search after it proves that nothing overdue is left, and
later loads are held to the same days.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import dataset
from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, select

from hemoflow.domain.errors import UsageError
from hemoflow.domain.retention import Limits
from hemoflow.schemas.canonical import DATE_SHIFTS, PATIENTS, VALID_TIME
from hemoflow.schemas.footers import bounds
from hemoflow.store.datasets import LAKE, DatasetRepository
from hemoflow.store.erasure_files import Change, carry_out, finish_earlier, lake_change, patients_in, stage
from hemoflow.store.erasure_rows import record_files, vacuum
from hemoflow.store.forgetting import PATIENT
from hemoflow.store.ledger import append, entries
from hemoflow.store.records import RunStatus
from hemoflow.store.runs import folder_of, require_run
from hemoflow.store.tables import METADATA, QUARANTINED, RUNS, SOURCE_VERSIONS

DEED = "retention"
PEOPLE = (PATIENTS.name, DATE_SHIFTS.name)


class RetentionRepository(DatasetRepository):
    """What is kept for how long."""

    def overdue(self, limits: Limits) -> pd.DataFrame:
        """What :meth:`retain` would remove: ``kind``, ``name``, ``rows`` and ``before``, the first day that is kept."""
        with self._database.reading() as connection:
            runs, staying = _drafts(connection, limits.drafts), _staying(self._database.home, limits)
            return _told(staying, len(runs), _replaced_faults(connection), limits)

    def retain(self, limits: Limits, *, by: str, reason: str) -> pd.DataFrame:
        """Remove it, and write the deed into the ledger; the same frame as :meth:`overdue` gave before.

        Raises:
            UsageError: Nobody or no reason is named.
        """
        if not by.strip() or not reason.strip():
            raise UsageError("Removing needs a name and a reason.", remedy="Give --by and --reason.")
        home = self._database.home
        with self._database.writing() as connection:
            finish_earlier(connection, home)
            runs, staying = _drafts(connection, limits.drafts), _staying(home, limits)
            folders = [home / folder_of(require_run(connection, run)) for run in runs]
            told = _told(staying, len(runs), _replaced_faults(connection), limits)
            changes = _changes(staying)
            stage(changes)
            record_files(connection, home, changes)
            _remove(connection, runs)
            days = {name: day.isoformat() for name, day in asdict(limits).items()}
            append(connection, DEED, DEED, by, reason, {"kept_from": days, "rows": int(told["rows"].sum())})
        carry_out(changes)
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        vacuum(self._database)
        return told

    def hold_to_retention(self) -> int:
        """Take out of new loads what the last :meth:`retain` would not have kept; the number of rows."""
        home = self._database.home
        with self._database.writing() as connection:
            deeds = [entry for entry in entries(connection, DEED) if entry.kind == DEED]
            if not deeds:
                return 0
            days = {name: date.fromisoformat(day) for name, day in deeds[-1].detail["kept_from"].items()}
            changes = _changes(_staying(home, Limits(**days)))
            stage(changes)
            record_files(connection, home, changes)
        carry_out(changes)
        return sum(change.removed for change in changes)


def _staying(home: Path, limits: Limits) -> dict[Path, dataset.Expression]:
    """Files of the lake that hold overdue rows, and which rows stay; then patients of whom nothing is left."""
    files = {table: sorted((home / LAKE / table).glob("*.parquet")) for table in (*VALID_TIME, *PEOPLE)}
    told = {path: (column, limits.of_table(table)) for table, column in VALID_TIME.items() for path in files[table]}
    found = {path: _since(*rule) for path, rule in told.items() if _is_overdue(path, *rule)}
    found = {path: stays for path, stays in found.items() if _loses(path, stays)}
    if not found:
        return {}
    with_rows = {who for path in told for who in patients_in(path, found.get(path))}
    stays = _since("available_at", limits.clinical) | dataset.field(PATIENT).isin(sorted(with_rows))
    return found | {path: stays for table in PEOPLE for path in files[table] if _loses(path, stays)}


def _changes(staying: Mapping[Path, dataset.Expression]) -> list[Change]:
    changes = (lake_change(path, partial(_filtered, stays)) for path, stays in staying.items())
    return [change for change in changes if change is not None]


def _filtered(stays: dataset.Expression, table: pa.Table) -> pa.Table:
    return table.filter(stays)


def _since(column: str, first_on: date) -> dataset.Expression:
    field = dataset.field(column)
    return field.is_null() | (field.cast(pa.date32()) >= first_on)


def _loses(path: Path, stays: dataset.Expression) -> int:
    """How many rows do not stay."""
    return int(dataset.dataset(path).count_rows(filter=~stays, use_threads=False))


def _is_overdue(path: Path, column: str, first_on: date) -> bool:
    """Whether any row may lie before the day: the footer of the file tells, without reading its rows."""
    span = bounds(path, [column])
    return span is None or (span[0].date() if isinstance(span[0], datetime) else span[0]) < first_on


def _drafts(connection: Connection, first_on: date) -> list[str]:
    """Runs of earlier days that nobody approved."""
    is_overdue = and_(RUNS.c.as_of < first_on, RUNS.c.status != RunStatus.APPROVED)
    return list(connection.scalars(select(RUNS.c.run_id).where(is_overdue).order_by(RUNS.c.number)))


def _replaced_faults(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(QUARANTINED).where(_of_replaced())) or 0


def _of_replaced() -> ColumnElement[bool]:
    """Faults of loads that another load of the source has replaced: their values serve nobody."""
    same = and_(
        QUARANTINED.c.source == SOURCE_VERSIONS.c.source, QUARANTINED.c.fingerprint == SOURCE_VERSIONS.c.fingerprint
    )
    return exists().where(same, SOURCE_VERSIONS.c.is_active.is_(False))


def _remove(connection: Connection, runs: Sequence[str]) -> None:
    connection.execute(delete(QUARANTINED).where(_of_replaced()))
    for table in reversed(METADATA.sorted_tables):
        if "run_id" in table.c:
            for run in runs:
                connection.execute(delete(table).where(table.c.run_id == run))


def _told(staying: Mapping[Path, dataset.Expression], runs: int, faults: int, limits: Limits) -> pd.DataFrame:
    rows: dict[tuple[str, str, date | None], int] = {}
    for path, stays in staying.items():
        table = path.parent.name
        key = ("table", table, limits.of_table(table))
        rows[key] = rows.get(key, 0) + _loses(path, stays)
    rows[("runs", "not approved", limits.drafts)] = runs
    rows[("faults", "of replaced loads", None)] = faults
    found = [(kind, name, count, before) for (kind, name, before), count in rows.items() if count]
    return pd.DataFrame(found, columns=["kind", "name", "rows", "before"])
