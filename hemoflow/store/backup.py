"""Backup and restore: one archive with the rows of every table and the files of the home folder.

Rows are written as text, not as a database's own dump, so that a backup of SQLite may be restored into PostgreSQL and
the other way round. The archive holds the key of the pseudonyms: keep it as safe as the home folder itself.
"""

import json
import tarfile
import tempfile
from datetime import date, datetime
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Connection, Date, Table, func, insert, select

from hemoflow.domain.errors import InputError, StateError
from hemoflow.store.engine import SCHEMA_VERSION, Database
from hemoflow.store.kinds import UtcInstant
from hemoflow.store.tables import METADATA, RUNS

ABOUT = "about.json"
ROWS = "rows"
HOME = "home"
BATCH = 2000
LEFT_OUT = ("prefect", "hemoflow.db", "hemoflow.db-wal", "hemoflow.db-shm", "server.url", "server.log", "worker.log")
"""Parts of the home folder that are not memory: Prefect's own, the database (its rows are there), logs."""


def backup(database: Database, path: Path) -> dict[str, int]:
    """Write the archive; nobody writes to the store meanwhile, and the file appears only once it is whole.

    Returns:
        Number of rows by table, and of ``files``.

    Raises:
        StateError: The store is not initialised, or busy.
    """
    counts: dict[str, int] = {}
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as unfinished:
        try:
            with database.writing() as connection, tarfile.open(fileobj=unfinished, mode="w:gz") as archive:
                _add(archive, ABOUT, json.dumps({"schema_version": SCHEMA_VERSION}).encode())
                for table in METADATA.sorted_tables:
                    counts[table.name] = _add_rows(archive, connection, table)
                counts["files"] = _add_files(archive, database.home, (path, Path(unfinished.name)))
            Path(unfinished.name).replace(path)
        except BaseException:
            Path(unfinished.name).unlink(missing_ok=True)
            raise
    return counts


def restore(database: Database, path: Path) -> dict[str, int]:
    """Read the archive into an initialised store that has no run yet.

    Returns:
        Number of rows by table, and of ``files``.

    Raises:
        InputError: The file is no backup.
        StateError: The store holds runs, or the backup is of another version.
    """
    try:
        with tarfile.open(path, "r:gz") as archive, database.writing() as connection:
            _require_fit(archive, connection)
            return _read(archive, connection, database.home)
    except (tarfile.TarError, OSError, KeyError, EOFError) as error:
        raise InputError(f"{path} is no whole backup: {error}.", remedy="Use a file of `hemoflow backup`.") from error


def _require_fit(archive: tarfile.TarFile, connection: Connection) -> None:
    version = json.loads(_content(archive, ABOUT))["schema_version"]
    if version != SCHEMA_VERSION:
        raise StateError(
            f"The backup is of version {version}, this is {SCHEMA_VERSION}.",
            remedy="Restore it with the release that made it, then run `hemoflow init` with this one.",
        )
    if connection.scalar(select(func.count()).select_from(RUNS)):
        raise StateError("This store holds runs already.", remedy="Restore into a new home folder and database.")


def _read(archive: tarfile.TarFile, connection: Connection, home: Path) -> dict[str, int]:
    counts = {table.name: _read_rows(archive, connection, table) for table in METADATA.sorted_tables}
    files = [member for member in archive.getmembers() if member.isfile() and member.name.startswith(f"{HOME}/")]
    for member in files:
        member.name = member.name.removeprefix(f"{HOME}/")
    archive.extractall(home, files, filter="data")  # refuses whatever would land outside of the folder
    return counts | {"files": len(files)}


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    archive.addfile(member, BytesIO(data))


def _add_rows(archive: tarfile.TarFile, connection: Connection, table: Table) -> int:
    count = 0
    with tempfile.TemporaryFile() as lines:
        for count, row in enumerate(connection.execute(select(table)).mappings(), start=1):  # noqa: B007
            lines.write(json.dumps(dict(row), default=_iso).encode() + b"\n")
        member = tarfile.TarInfo(f"{ROWS}/{table.name}.jsonl")
        member.size = lines.tell()
        lines.seek(0)
        archive.addfile(member, lines)
    return count


def _add_files(archive: tarfile.TarFile, home: Path, own: tuple[Path, ...]) -> int:
    kept = [path for path in sorted(home.iterdir()) if path.name not in LEFT_OUT]
    files = [
        file
        for path in kept
        for file in (sorted(path.rglob("*")) if path.is_dir() else [path])
        if file.is_file() and file not in own
    ]
    for file in files:
        archive.add(file, f"{HOME}/{file.relative_to(home).as_posix()}", recursive=False)
    return len(files)


def _read_rows(archive: tarfile.TarFile, connection: Connection, table: Table) -> int:
    lines = iter(_content(archive, f"{ROWS}/{table.name}.jsonl").splitlines())
    count = 0
    while batch := [_row(table, line) for line in islice(lines, BATCH)]:
        connection.execute(insert(table), batch)
        count += len(batch)
    return count


def _row(table: Table, line: bytes) -> dict[str, Any]:
    return {name: _value(table, name, value) for name, value in json.loads(line).items()}


def _value(table: Table, name: str, value: Any) -> Any:  # noqa: ANN401 - whatever the column holds
    kind = table.c[name].type
    if value is None or isinstance(kind, JSON):
        return value
    if isinstance(kind, UtcInstant):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value


def _content(archive: tarfile.TarFile, name: str) -> bytes:
    stream = archive.extractfile(name)
    if stream is None:
        raise KeyError(name)
    return stream.read()


def _iso(value: date) -> str:
    return value.isoformat()
