"""Files without a forgotten patient: first all are written beside the old ones, then the rows learn, then they swap."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import dataset
from sqlalchemy import Connection, select

from hemoflow.schemas.results import RESULTS
from hemoflow.store.datasets import LAKE
from hemoflow.store.files import move_file, sha256_of_file, write_bytes
from hemoflow.store.forgetting import PATIENT, Person, of_file, of_lake, of_results
from hemoflow.store.parquet import parquet_bytes, rewrite
from hemoflow.store.records import RunStatus
from hemoflow.store.tables import RUNS, STAGE_FILES

PENDING = ".erasing"
NOT_OURS = ("prefect", "models")
"""Folders that are searched for identifiers and never rewritten: an engine's own, and models, which hold none."""

TEXTS = (".csv", ".html", ".json", ".md", ".txt", ".ndjson", ".svg")


@dataclass(frozen=True, slots=True)
class Change:
    """A file that is rewritten.

    Attributes:
        old: Where it was.
        new: Where it will be; files of the lake are named by their content.
        sha256: Hash of its new bytes, which lie beside it.
        rows: Its rows; None when it is no frame.
        removed: Rows that went.
    """

    old: Path
    new: Path
    sha256: str
    rows: int | None
    removed: int


def changes_of(connection: Connection, home: Path, person: Person) -> list[Change]:
    """Every file of the home folder that names the patient, as it will be; its new bytes are written beside it."""
    kept = select(STAGE_FILES.c.path).join(RUNS, RUNS.c.run_id == STAGE_FILES.c.run_id)
    approved = {home / path for path in connection.scalars(kept.where(RUNS.c.status == RunStatus.APPROVED))}
    found = (_change(path, home, person, is_approved=path in approved) for path in _files(home))
    return [change for change in found if change is not None]


def stage(changes: list[Change]) -> None:
    """Give new files their names where those are free: before the database points to them."""
    for change in changes:
        if change.new != change.old:
            move_file(_pending(change.old), change.new)


def carry_out(changes: list[Change]) -> None:
    """Let the new files take the place of the old ones; the database knows their hashes by now."""
    for change in changes:
        if change.new == change.old:
            _pending(change.old).replace(change.old)
        else:
            change.old.unlink()


def finish_earlier(connection: Connection, home: Path) -> None:
    """Finish what an interrupted erasure left: a pending file counts only if the database knows its hash."""
    known = {home / path: sha for path, sha in connection.execute(select(STAGE_FILES.c.path, STAGE_FILES.c.sha256))}
    for pending in sorted(home.rglob(f"*{PENDING}")):
        target = pending.with_name(pending.name.removesuffix(PENDING))
        if known.get(target) == sha256_of_file(pending):
            pending.replace(target)
        else:
            pending.unlink()


def _files(home: Path) -> list[Path]:
    found = (path for path in home.rglob("*") if path.is_file() and path.suffix in {".parquet", *TEXTS})
    return sorted(path for path in found if path.relative_to(home).parts[0] not in NOT_OURS)


def _change(path: Path, home: Path, person: Person, *, is_approved: bool) -> Change | None:
    if path.suffix != ".parquet":
        data = of_file(path.name, path.read_bytes(), person, is_approved=is_approved)
        return None if data is None else Change(path, path, write_bytes(data, _pending(path)), None, 0)
    if path.relative_to(home).parts[0] == LAKE:
        left_of = partial(of_lake, path.parent.name, person=person)
        return lake_change(path, left_of) if _may_concern(path, person) else None
    table = pq.read_table(pa.BufferReader(path.read_bytes()), use_threads=False)
    key = [name for name in RESULTS[path.stem].key if name in table.column_names]
    left = of_results(path.stem, table, person, key, is_approved=is_approved)
    if left is None:
        return None
    sha256 = write_bytes(parquet_bytes(left), _pending(path))
    return Change(path, path, sha256, left.num_rows, table.num_rows - left.num_rows)


def _may_concern(path: Path, person: Person) -> bool:
    """Whether a file of the lake names the patient or one of the requests.

    Only those columns are read, and of them only groups of rows that the footer does not rule out.
    """
    rows, names = dataset.dataset(path), list(person.tokens)
    told = [dataset.field(name).isin(names) for name in (PATIENT, "request_id") if name in rows.schema.names]
    return bool(told) and rows.count_rows(filter=reduce(or_, told), use_threads=False) > 0


def patients_in(path: Path, stays: dataset.Expression | None = None) -> set[str]:
    """The patients whom a Parquet file names in its rows, or in those that stay."""
    rows = dataset.dataset(path)
    if PATIENT not in rows.schema.names:
        return set()
    batches = rows.to_batches(columns=[PATIENT], filter=stays, use_threads=False)
    return {name for batch in batches for name in batch.column(0).unique().drop_null().to_pylist()}


def lake_change(path: Path, left_of: Callable[[pa.Table], pa.Table | None]) -> Change | None:
    """A file of the lake with fewer rows, under the name that its new bytes give it; None when none goes.

    Args:
        path: The file.
        left_of: What is left of some of its rows; None leaves them as they are.
    """
    found = rewrite(path, left_of, _pending(path))
    if found is None:
        return None
    sha256 = str(sha256_of_file(_pending(path)))
    return Change(path, path.with_name(f"{path.name.rpartition('-')[0]}-{sha256[:12]}.parquet"), sha256, *found)


def _pending(path: Path) -> Path:
    return path.with_name(path.name + PENDING)
