"""The files of a canonical folder, and a query over the rows of each table that says where every row stands."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from hemoflow.connectors.canonical.transcripts import LINE, Transcripts
from hemoflow.domain.errors import InputError
from hemoflow.schemas.canonical import CANONICAL

SOURCE = "canonical"
MANIFEST = "manifest.json"
SCHEMA = "hemoflow-canonical/1"
ROW_NUMBER = "file_row_number + 1"
MEMORY = "2GB"
"""DuckDB keeps within this and puts the rest on disk."""


@dataclass(frozen=True)
class Scan:
    """The readable files of one table.

    Attributes:
        text: A query that gives every row with ``file_at`` (place of its file) and ``row_at`` (its number there).
        kinds: Column name to the type that DuckDB finds, common to all files.
        files: Names relative to the folder, in the order of ``file_at``.
        header: Names of all columns that any of the files has.
        transcripts: Where the transcripts are that it reads, kept as long as it is.
    """

    text: str
    kinds: dict[str, str]
    files: tuple[str, ...]
    header: tuple[str, ...] = ()
    transcripts: Transcripts | None = None


@dataclass(frozen=True, slots=True)
class Readable:
    """A file of a table that can be read.

    Attributes:
        file: Name relative to the folder.
        parquet: The file, or its transcript.
        kinds: Column name to DuckDB's type.
        row: Expression that gives the number of a row in the delivered file.
        header: Names of all its columns.
    """

    file: str
    parquet: Path
    kinds: dict[str, str]
    row: str
    header: tuple[str, ...]


@contextmanager
def opened() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of our own: one thread, so that rows keep their order, little memory, nothing from the network."""
    with TemporaryDirectory(prefix="hemoflow-") as spill:
        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": "1",
            "memory_limit": MEMORY,
            "temp_directory": spill,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        with duckdb.connect(":memory:", config=config) as connection:
            connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
            yield connection


def found_files(folder: Path) -> dict[str, list[Path]]:
    """The files of each canonical table that the folder holds.

    Raises:
        InputError: It holds none.
    """
    found = {name: files for name in CANONICAL if (files := _files(folder, name))}
    if not found:
        raise InputError(
            f"{folder} holds no canonical table.",
            remedy="Give a folder with TABLE/part-*.parquet, TABLE.parquet or TABLE.csv; `hemoflow synth` makes one.",
        )
    return found


def is_made_up(folder: Path) -> bool:
    """Whether the manifest says that `hemoflow synth` drew these people."""
    try:
        facts = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(facts, dict) and facts.get("schema") == SCHEMA and {"people", "seed"} <= set(facts)


def kinds_of(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    """Column names and types of a Parquet file.

    Raises:
        duckdb.Error: The file cannot be used.
    """
    rows = connection.execute(f"DESCRIBE SELECT * FROM {_reader([path])}").fetchall()
    return {str(row[0]): str(row[1]) for row in rows if row[0] != LINE}


def scan_of(found: Sequence[Readable], transcripts: Transcripts) -> Scan:
    """One query over files whose columns are known; a column whose type differs between files is read as text."""
    kinds: dict[str, set[str]] = {}
    for readable in found:
        for name, kind in readable.kinds.items():
            kinds.setdefault(name, set()).add(kind)
    same = {name: next(iter(every)) if len(every) == 1 else "VARCHAR" for name, every in kinds.items()}
    files = tuple(readable.file for readable in found)
    header = tuple(dict.fromkeys(name for readable in found for name in readable.header))
    return Scan(" UNION ALL BY NAME ".join(_parts(found, same)), same, files, header, transcripts)


def _parts(found: Sequence[Readable], same: dict[str, str]) -> Iterator[str]:
    """One reader for all delivered Parquet files of equal columns; otherwise one a file."""
    if all(readable.kinds == same and readable.row == ROW_NUMBER for readable in found):
        paths = [readable.parquet for readable in found]
        yield f"SELECT *, file_index AS file_at, {ROW_NUMBER} AS row_at FROM {_reader(paths)}"
        return
    for place, readable in enumerate(found):
        names = ", ".join(f'CAST("{name}" AS {same[name]}) AS "{name}"' for name in readable.kinds)
        yield f"SELECT {names}, {place} AS file_at, {readable.row} AS row_at FROM {_reader([readable.parquet])}"


def _reader(paths: Sequence[Path]) -> str:
    names = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{names}])"


def _files(folder: Path, name: str) -> list[Path]:
    """The files of a table, whatever the case of their names."""
    here = {path.name.lower(): path for path in sorted(folder.iterdir())}
    for ending in ("parquet", "csv", "csv.gz"):
        parts = sorted(here.get(name, folder / name).glob(f"part-*.{ending}"))
        single = [here[file]] if (file := f"{name}.{ending}") in here else []
        if parts or single:
            return parts or single
    return []
