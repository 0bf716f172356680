"""The files of a canonical folder, and a query over the rows of each table that says where every row stands."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from hemoflow.domain.errors import InputError
from hemoflow.schemas.canonical import CANONICAL

SOURCE = "canonical"
MANIFEST = "manifest.json"
SCHEMA = "hemoflow-canonical/1"
MEMORY = "2GB"
"""DuckDB keeps within this and puts the rest on disk."""


@dataclass(frozen=True)
class Scan:
    """The readable files of one table.

    Attributes:
        text: A query that gives every row with ``file_at`` (place of its file) and ``row_at`` (its number there).
        kinds: Column name to the type that DuckDB finds, common to all files.
        files: Names relative to the folder, in the order of ``file_at``.
    """

    text: str
    kinds: dict[str, str]
    files: tuple[str, ...]


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
            connection.execute("SET TimeZone = 'UTC'")
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
    """Column names and types of one file.

    Raises:
        duckdb.Error: The file cannot be used.
    """
    rows = connection.execute(f"DESCRIBE SELECT * FROM {_reader([path])}").fetchall()
    return {str(row[0]): str(row[1]) for row in rows}


def scan_of(folder: Path, kinds: Sequence[tuple[Path, dict[str, str]]]) -> Scan:
    """One query over files whose columns are known; a column whose type differs between files is read as text."""
    paths = [path for path, _ in kinds]
    found: dict[str, set[str]] = {}
    for _, columns in kinds:
        for name, kind in columns.items():
            found.setdefault(name, set()).add(kind)
    same = {name: next(iter(every)) if len(every) == 1 else "VARCHAR" for name, every in found.items()}
    files = tuple(path.relative_to(folder).as_posix() for path in paths)
    return Scan(" UNION ALL BY NAME ".join(_parts(paths, kinds, same)), same, files)


def _parts(paths: Sequence[Path], kinds: Sequence[tuple[Path, dict[str, str]]], same: dict[str, str]) -> Iterator[str]:
    """One reader for all Parquet files of equal columns; otherwise, and for CSV, one a file."""
    if all(path.suffix == ".parquet" for path in paths) and all(columns == same for _, columns in kinds):
        yield f"SELECT *, file_index AS file_at, file_row_number + 1 AS row_at FROM {_reader(paths)}"
        return
    for place, (path, columns) in enumerate(kinds):
        row = "file_row_number + 1" if path.suffix == ".parquet" else "row_number() OVER () + 1"
        names = ", ".join(f'CAST("{name}" AS {same[name]}) AS "{name}"' for name in columns)
        yield f"SELECT {names}, {place} AS file_at, {row} AS row_at FROM {_reader([path])}"


def _reader(paths: Sequence[Path]) -> str:
    names = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    if paths[0].suffix == ".parquet":
        return f"read_parquet([{names}])"
    return (
        f"read_csv([{names}], header=true, all_varchar=true, delim=',', quote='\"', escape='\"', skip=0, "
        "allow_quoted_nulls=false, store_rejects=true)"
    )


def _files(folder: Path, name: str) -> list[Path]:
    for ending in ("parquet", "csv"):
        parts = sorted((folder / name).glob(f"part-*.{ending}"))
        single = folder / f"{name}.{ending}"
        if parts or single.is_file():
            return parts or [single]
    return []
