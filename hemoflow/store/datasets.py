"""The lake: canonical tables as Parquet files named by their content, one active version of each source.

``lake/<table>/<source>-<sha12>.parquet``. Files are written before the database learns of them and are never changed or
removed, so that whatever an older run read is still there.
"""

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, Table, and_, exists, func, insert, select, true, update

from hemoflow.domain.errors import UsageError
from hemoflow.domain.refs import FrameRef
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.published import INGEST_REPORT, QUARANTINE
from hemoflow.schemas.table import Layout
from hemoflow.store.files import move_file, relative, sha256_of_bytes, sha256_of_file, write_bytes
from hemoflow.store.memory import MemoryRepository
from hemoflow.store.parquet import arrow_table, parquet_bytes
from hemoflow.store.rows import delete_rows, read_rows, replace_rows, within
from hemoflow.store.tables import INGEST_REPORTS, QUARANTINED, SOURCE_FILES, SOURCE_VERSIONS

LAKE = "lake"
SOURCE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(@[0-9]{8}t[0-9]{6}z)?")
"""Name of a source; a later delivery of it carries its arrival behind an ``@``."""

NUL = "\0"
"""PostgreSQL cannot hold it in text, and a broken file may well contain it."""


class DatasetRepository(MemoryRepository):
    """Sources, their active versions, and what was wrong with their rows."""

    def is_loaded(self, source: str, fingerprint: str) -> bool:
        """Whether this version of the source is the active one and all its files are in place."""
        with self._database.reading() as connection:
            paths = _active_files(connection, source, fingerprint)
        return paths is not None and all((self._database.home / path).is_file() for path in paths)

    def save_source(
        self,
        source: str,
        fingerprint: str,
        frames: Mapping[str, pd.DataFrame],
        report: pd.DataFrame,
        quarantine: pd.DataFrame,
        *,
        large: Mapping[str, Callable[[Path], int]] | None = None,
    ) -> dict[str, FrameRef]:
        """Save a version of a source and make it the active one; the same fingerprint twice changes nothing.

        Args:
            source: Name of the source: small letters, digits, hyphens.
            fingerprint: Hash of everything that decides what loading the source gives.
            frames: Frames by canonical table.
            report: Rows of ``INGEST_REPORT`` about this source.
            quarantine: Rows of ``QUARANTINE`` about this source.
            large: Tables too large for a frame, by canonical table: each writes Parquet to a path and gives its rows.

        Returns:
            A reference to each frame's file.

        Raises:
            UsageError: The source's name, a table's name, or the source in the report or quarantine does not fit.
            InputError: Two rows of a frame have the same key.
        """
        _require_names(source, [*frames, *(large or {})], report, quarantine)
        tables = {name: arrow_table(frames[name], CANONICAL[name]) for name in sorted(frames)}
        reports = {INGEST_REPORTS: arrow_table(report, INGEST_REPORT), QUARANTINED: _quarantine_table(quarantine)}
        streamed = {name: _stream(self._database.home, source, name, write) for name, write in (large or {}).items()}
        with self._database.writing() as connection:
            refs = streamed | {name: _write(self._database.home, source, name, table) for name, table in tables.items()}
            _activate(connection, source, fingerprint)
            _record(connection, self._database.home, source, fingerprint, refs)
            for table, rows in reports.items():
                replace_rows(connection, table, rows, {"source": source, "fingerprint": fingerprint})
        return refs

    def retain_sources(self, names: Sequence[str]) -> None:
        """Let no source but these be active; the files and the history of the others stay."""
        with self._database.writing() as connection:
            others = SOURCE_VERSIONS.c.source.not_in(list(names))
            connection.execute(update(SOURCE_VERSIONS).where(others).values(is_active=False))

    def active_paths(self, source: str = "") -> dict[str, list[Path]]:
        """The files of each canonical table, one for each active source that has it; or of one source only."""
        query = select(SOURCE_FILES).join(SOURCE_VERSIONS).where(SOURCE_VERSIONS.c.is_active)
        if source:
            query = query.where(SOURCE_FILES.c.source == source)
        with self._database.reading() as connection:
            rows = sorted(connection.execute(query), key=lambda row: (row.table_name, row.source))
        paths: dict[str, list[Path]] = {}
        for row in rows:
            paths.setdefault(row.table_name, []).append(self._database.home / row.path)
        return paths

    def sources(self) -> pd.DataFrame:
        """Active sources: ``source``, ``fingerprint``, ``tables`` and ``rows``, by name."""
        columns = (SOURCE_VERSIONS.c.source, SOURCE_VERSIONS.c.fingerprint)
        counts = (func.count(SOURCE_FILES.c.path).label("tables"), func.sum(SOURCE_FILES.c.rows).label("rows"))
        query = select(*columns, *counts).join_from(SOURCE_VERSIONS, SOURCE_FILES, isouter=True)
        with self._database.reading() as connection:
            found = connection.execute(query.where(SOURCE_VERSIONS.c.is_active).group_by(*columns)).all()
        records = sorted((row.source, row.fingerprint, row.tables, int(row.rows or 0)) for row in found)
        return pd.DataFrame(records, columns=["source", "fingerprint", "tables", "rows"])

    def ingest_report(self) -> pd.DataFrame:
        """What happened to the rows of the active sources: a frame of ``INGEST_REPORT``."""
        return self._about_active(INGEST_REPORTS, INGEST_REPORT)

    def quarantine(self, source: str | None = None) -> pd.DataFrame:
        """Faults that kept rows of the active sources, or of one of them, out: a frame of ``QUARANTINE``."""
        return self._about_active(QUARANTINED, QUARANTINE, source)

    def _about_active(self, table: Table, layout: Layout, source: str | None = None) -> pd.DataFrame:
        same = and_(table.c.source == SOURCE_VERSIONS.c.source, table.c.fingerprint == SOURCE_VERSIONS.c.fingerprint)
        wanted = true() if source is None else table.c.source == source
        with self._database.reading() as connection:
            return read_rows(connection, table, layout, and_(exists().where(same, SOURCE_VERSIONS.c.is_active), wanted))


def _write(home: Path, source: str, name: str, table: pa.Table) -> FrameRef:
    data = parquet_bytes(table)
    sha256 = sha256_of_bytes(data)
    path = home / LAKE / name / f"{source}-{sha256[:12]}.parquet"
    if sha256_of_file(path) != sha256:
        write_bytes(data, path)
    return FrameRef(name, str(path), sha256, table.num_rows)


def _stream(home: Path, source: str, name: str, write: Callable[[Path], int]) -> FrameRef:
    """Let a table write itself beside its place, then put it there under the name that its bytes give it."""
    folder = home / LAKE / name
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as apart:
        written = Path(apart) / "table.parquet"
        rows = write(written)
        sha256 = str(sha256_of_file(written))
        path = folder / f"{source}-{sha256[:12]}.parquet"
        move_file(written, path)
    return FrameRef(name, str(path), sha256, rows)


def _active_files(connection: Connection, source: str, fingerprint: str) -> list[str] | None:
    version = {"source": source, "fingerprint": fingerprint}
    is_active = select(SOURCE_VERSIONS.c.is_active).where(within(SOURCE_VERSIONS, version))
    if not connection.scalar(is_active):
        return None
    return list(connection.scalars(select(SOURCE_FILES.c.path).where(within(SOURCE_FILES, version))))


def _activate(connection: Connection, source: str, fingerprint: str) -> None:
    version = {"source": source, "fingerprint": fingerprint}
    older = update(SOURCE_VERSIONS).where(SOURCE_VERSIONS.c.source == source)
    connection.execute(older.values(is_active=False))
    if not connection.execute(older.where(within(SOURCE_VERSIONS, version)).values(is_active=True)).rowcount:
        connection.execute(insert(SOURCE_VERSIONS).values(version | {"is_active": True}))


def _record(connection: Connection, home: Path, source: str, fingerprint: str, refs: Mapping[str, FrameRef]) -> None:
    version = {"source": source, "fingerprint": fingerprint}
    delete_rows(connection, SOURCE_FILES, version)
    for ref in refs.values():
        row = {"table_name": ref.name, "path": relative(Path(ref.path), home), "sha256": ref.sha256, "rows": ref.rows}
        connection.execute(insert(SOURCE_FILES).values(version | row))


def _quarantine_table(quarantine: pd.DataFrame) -> pa.Table:
    return arrow_table(quarantine.replace(NUL, "\N{REPLACEMENT CHARACTER}", regex=True), QUARANTINE)


def _require_names(source: str, frames: Sequence[str], report: pd.DataFrame, quarantine: pd.DataFrame) -> None:
    if not SOURCE_NAME.fullmatch(source):
        raise UsageError(f"'{source}' cannot name a source.", remedy="Use small letters, digits and hyphens.")
    unknown = sorted(set(frames) - set(CANONICAL))
    if unknown:
        raise UsageError(f"{source}: unknown tables {', '.join(unknown)}.", remedy=f"Use {', '.join(CANONICAL)}.")
    others = sorted({str(name) for frame in (report, quarantine) for name in frame["source"]} - {source})
    if others:
        raise UsageError(f"The report on {source} speaks of {', '.join(others)}.", remedy="Give each its own report.")
