"""Results of stages: files and rows that stand or fall together."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, func, insert, select

from hemoflow.domain.errors import UsageError
from hemoflow.domain.refs import FrameRef
from hemoflow.schemas.results import RESULTS
from hemoflow.store.engine import Repository
from hemoflow.store.files import relative, sweep, write_bytes
from hemoflow.store.parquet import arrow_table, parquet_bytes
from hemoflow.store.refs import FileRef, StageRef
from hemoflow.store.rows import Scope, delete_rows, read_rows, replace_rows, within
from hemoflow.store.runs import folder_of, require_changeable
from hemoflow.store.tables import RESULT_TABLES, STAGE_FILES, STAGES

STAGE_NAME = re.compile(r"[a-z][a-z0-9_-]*")
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9]+)+")
NO_FILES: Mapping[str, bytes] = {}
EVERY_ROW: Scope = {}


class StageRepository(Repository):
    """Stages of runs and their results."""

    def save_stage(
        self, run_id: str, stage: str, frames: Mapping[str, pd.DataFrame], files: Mapping[str, bytes] = NO_FILES
    ) -> StageRef:
        """Save what a stage computed: files in ``runs/<day>/<run>/<stage>/``, rows in the result tables.

        The stage counts as done only with its last row, in the same transaction as all the others; a process that dies
        before leaves a stage that is not there, and saving it again gives the same bytes and rows as if nothing had
        happened. What an earlier attempt left and this one does not have is removed.

        Args:
            run_id: The run.
            stage: Name of the stage.
            frames: Frames by result layout.
            files: Other files by name, for example ``{"brief.html": b"..."}``.

        Raises:
            ApprovedPlanError: The run is approved.
            StateError: There is no such run.
            UsageError: The name of the stage, a frame or a file does not fit.
            InputError: Two rows of a frame have the same key.
        """
        _require_names(stage, frames, files)
        tables = {name: arrow_table(frames[name], RESULTS[name]) for name in sorted(frames)}
        contents = {f"{name}.parquet": parquet_bytes(table) for name, table in tables.items()}
        contents |= {name: files[name] for name in sorted(files)}
        with self._database.writing() as connection:
            folder = self._database.home / folder_of(require_changeable(connection, run_id)) / stage
            _make_way(connection, stages_of(connection, self._database.home, run_id), stage, frames)
            sha256s = {name: write_bytes(data, folder / name) for name, data in contents.items()}
            sweep(folder, keep=contents)
            for name, table in tables.items():
                replace_rows(connection, RESULT_TABLES[name], table, {"run_id": run_id})
            ref = _reference(run_id, stage, folder, sha256s, tables)
            _record(connection, self._database.home, ref)
        return ref

    def find_stage(self, run_id: str, stage: str) -> StageRef | None:
        """The saved stage, or None when it is absent or any of its files is gone or was changed."""
        with self._database.reading() as connection:
            refs = [ref for ref in stages_of(connection, self._database.home, run_id) if ref.stage == stage]
        return refs[0] if refs and not refs[0].damaged() else None

    def stages(self, run_id: str) -> list[StageRef]:
        """The stages of a run in the order in which they were first saved; their files are not checked."""
        with self._database.reading() as connection:
            return stages_of(connection, self._database.home, run_id)

    def result(self, run_id: str, name: str) -> pd.DataFrame:
        """The rows of a result as the store holds them, equal to the frame in the file; empty when there are none.

        Raises:
            UsageError: There is no such result layout.
        """
        _require_layouts([name])
        with self._database.reading() as connection:
            return rows_of(connection, run_id, name)


def stages_of(connection: Connection, home: Path, run_id: str) -> list[StageRef]:
    """The recorded stages of a run in the order in which they were first saved; their files are not checked."""
    files = connection.execute(select(STAGE_FILES).where(STAGE_FILES.c.run_id == run_id)).all()
    refs = []
    for stage in connection.scalars(select(STAGES.c.stage).where(STAGES.c.run_id == run_id).order_by(STAGES.c.number)):
        mine = sorted((row for row in files if row.stage == stage), key=lambda row: row.name)
        frames = [FrameRef(r.name, str(home / r.path), r.sha256, r.rows) for r in mine if r.rows is not None]
        others = [FileRef(r.name, str(home / r.path), r.sha256) for r in mine if r.rows is None]
        refs.append(StageRef(run_id, stage, tuple(frames), tuple(others)))
    return refs


def rows_of(connection: Connection, run_id: str, name: str, scope: Scope = EVERY_ROW) -> pd.DataFrame:
    """The rows of a run in a result table, or those with the values of a scope."""
    table = RESULT_TABLES[name]
    return read_rows(connection, table, RESULTS[name], within(table, {"run_id": run_id} | dict(scope)))


def _make_way(connection: Connection, saved: list[StageRef], stage: str, names: Collection[str]) -> None:
    for ref in saved:
        for frame in ref.frames:
            if ref.stage == stage:
                delete_rows(connection, RESULT_TABLES[frame.name], {"run_id": ref.run_id})
            elif frame.name in names:
                raise UsageError(f"{frame.name} of run {ref.run_id} belongs to {ref.stage}, not to {stage}.")


def _record(connection: Connection, home: Path, ref: StageRef) -> None:
    scope = {"run_id": ref.run_id, "stage": ref.stage}
    delete_rows(connection, STAGE_FILES, scope)
    if connection.execute(select(STAGES).where(within(STAGES, scope))).first() is None:
        last = connection.scalar(select(func.max(STAGES.c.number)).where(STAGES.c.run_id == ref.run_id)) or 0
        connection.execute(insert(STAGES).values(scope | {"number": last + 1}))
    for item in ref.items:
        rows = item.rows if isinstance(item, FrameRef) else None
        row = {"name": item.name, "path": relative(Path(item.path), home), "sha256": item.sha256, "rows": rows}
        connection.execute(insert(STAGE_FILES).values(scope | row))


def _reference(
    run_id: str, stage: str, folder: Path, sha256s: Mapping[str, str], tables: Mapping[str, pa.Table]
) -> StageRef:
    frames = []
    for name, table in tables.items():
        file = f"{name}.parquet"
        frames.append(FrameRef(name, str(folder / file), sha256s[file], table.num_rows))
    others = sorted(set(sha256s) - {f"{name}.parquet" for name in tables})
    return StageRef(
        run_id, stage, tuple(frames), tuple(FileRef(name, str(folder / name), sha256s[name]) for name in others)
    )


def _require_names(stage: str, frames: Mapping[str, pd.DataFrame], files: Mapping[str, bytes]) -> None:
    if not STAGE_NAME.fullmatch(stage):
        raise UsageError(f"'{stage}' cannot name a stage.", remedy="Use small letters, digits and hyphens.")
    _require_layouts(frames)
    wrong = sorted(name for name in files if not FILE_NAME.fullmatch(name) or name.endswith(".parquet"))
    if wrong:
        raise UsageError(f"Stage {stage}: {', '.join(wrong)} cannot name a file.", remedy="Use names like brief.html.")


def _require_layouts(names: Mapping[str, object] | list[str]) -> None:
    unknown = sorted(set(names) - set(RESULTS))
    if unknown:
        raise UsageError(f"Unknown results {', '.join(unknown)}.", remedy=f"Use {', '.join(RESULTS)}.")
