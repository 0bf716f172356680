"""The first stream over a table: how many rows are good, which are not and why, and which repeat another's key."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from hemoflow.connectors.blocks import TEXT, BrokenLine
from hemoflow.connectors.canonical.checks import Rule, any_fault, rules_of
from hemoflow.connectors.canonical.files import ROW_NUMBER, SOURCE, Readable, Scan, kinds_of, opened, scan_of
from hemoflow.connectors.canonical.transcripts import LINE, Transcripts
from hemoflow.connectors.intake import FIX_AT_SOURCE
from hemoflow.connectors.masking import masked, shown_columns, shown_file
from hemoflow.connectors.streams import UnusableFileError
from hemoflow.connectors.telling import SAMPLE, kind_of
from hemoflow.domain.errors import InputError
from hemoflow.schemas.table import Layout

MOST_FAULTS = 100_000
"""Faults of a table that are listed one by one; rows beyond are put aside and counted all the same."""
NONE_DROPPED = pa.schema({"file_at": pa.int64(), "row_at": pa.int64(), "is_conflict": pa.bool_()}).empty_table()
CONFLICT = "same key as another row, other content"
FETCH_AGAIN = "Fetch the file again."

_ALIKE = """
WITH alike AS (
    SELECT file_at, row_at, CAST(row({key}) AS VARCHAR) AS key, CAST(row({body}) AS VARCHAR) AS body
    FROM ({good}) SEMI JOIN repeated USING (key_hash)
),
counted AS (
    SELECT file_at, row_at,
        row_number() OVER (PARTITION BY key, body ORDER BY file_at, row_at) AS n,
        min(body) OVER (PARTITION BY key) <> max(body) OVER (PARTITION BY key) AS differs
    FROM alike
)
SELECT CAST(file_at AS BIGINT) AS file_at, CAST(row_at AS BIGINT) AS row_at, n = 1 AS is_conflict
FROM counted WHERE n > 1 OR differs ORDER BY file_at, row_at
"""


@dataclass(frozen=True)
class Survey:
    """What the first stream found.

    Attributes:
        layout: The table.
        scan: Its readable files.
        faults: Rows of the layout ``QUARANTINE``.
        report: One row of the layout ``INGEST_REPORT``.
        dropped: ``file_at`` and ``row_at`` of rows without a fault that stay out: repeats, and keys with two contents.
        columns: The columns that the files had, by table and name, and what stood in them.
        is_synthetic: Whether every row says so.
        bad_rows: Rows that have a fault.
    """

    layout: Layout
    scan: Scan
    faults: pd.DataFrame
    report: dict[str, object]
    dropped: pa.Table
    columns: dict[tuple[str, str], str]
    is_synthetic: bool
    bad_rows: int


def survey(folder: Path, layout: Layout, files: Sequence[Path]) -> Survey:
    """Stream over the files of one table.

    Raises:
        InputError: A file breaks off in the middle.
    """
    with opened() as connection:
        transcripts = Transcripts()
        usable, unusable = _usable(connection, (folder, layout, files), transcripts)
        nothing = Scan(_nothing(layout), dict.fromkeys(layout.columns, "NULL"), ())
        try:
            return _surveyed(connection, layout, scan_of(usable, transcripts) if usable else nothing, unusable)
        except duckdb.Error as error:
            raise InputError(
                f"The files of '{layout.name}' cannot be read to the end.", remedy="Fetch them again."
            ) from error


def _usable(
    connection: duckdb.DuckDBPyConnection, table: tuple[Path, Layout, Sequence[Path]], transcripts: Transcripts
) -> tuple[list[Readable], list[dict[str, object]]]:
    """Files with all the columns they need; a fault for each of the others, and for each line that is no row."""
    folder, layout, files = table
    usable, faults = [], []
    for path in files:
        try:
            found, broken = _readable(connection, folder, path, layout, transcripts)
        except UnusableFileError as error:
            faults.append(_line_fault(error.file, BrokenLine(1, error.reason, error.remedy)))
            continue
        usable.append(found)
        faults += [_line_fault(found.file, line) for line in broken]
    return usable, faults


def _readable(
    connection: duckdb.DuckDBPyConnection, folder: Path, path: Path, layout: Layout, transcripts: Transcripts
) -> tuple[Readable, Sequence[BrokenLine]]:
    file = shown_file(folder, path)
    if path.suffix.lower() != ".parquet":
        copy = transcripts.add(folder, path, layout)
        kinds = kinds_of(connection, copy.path)
        return Readable(file, copy.path, kinds, f'"{LINE}"', copy.header), copy.broken
    try:
        kinds = kinds_of(connection, path)
    except duckdb.Error as error:
        raise UnusableFileError(file, "the file is damaged", FETCH_AGAIN) from error
    needed = {name for name, column in layout.columns.items() if not column.nullable}
    if lacking := sorted(needed - set(kinds)):
        raise UnusableFileError(file, f"lacks the columns {', '.join(lacking)}", "Deliver it with its original header.")
    return Readable(file, path, kinds, ROW_NUMBER, shown_columns(kinds, layout.columns)), ()


def _surveyed(
    connection: duckdb.DuckDBPyConnection, layout: Layout, scan: Scan, unusable: list[dict[str, object]]
) -> Survey:
    bad = any_fault(layout, scan.kinds)
    key = f'"{layout.key[0]}"'
    rows, bad_rows, all_synthetic, disorder = connection.execute(
        f"SELECT count(*), coalesce(sum(CAST(is_bad AS BIGINT)), 0), coalesce(bool_and(is_made_up), true), "
        f"coalesce(sum(CAST(key <= before AS BIGINT)), 0) FROM (SELECT {bad} AS is_bad, "
        f"coalesce(TRY_CAST(is_synthetic AS BOOLEAN), false) AS is_made_up, {key} AS key, lag({key}) OVER () AS before "
        f"FROM ({scan.text}))"
    ).fetchall()[0]
    # Keys that only ascend are each there once; nothing has to be remembered to know it.
    is_once = len(layout.key) == 1 and disorder == 0
    dropped = _dropped(connection, layout, scan, bad, is_once=is_once)
    conflicts = [row for row in dropped.to_pylist() if row["is_conflict"]]
    found = _listed(connection, layout, scan, bad) if bad_rows else []
    listed = [*found, *(_row_fault(scan, row, layout.key[-1], CONFLICT) for row in conflicts[:MOST_FAULTS])]
    faults = _frame(layout, listed, unusable)
    put_aside = bad_rows + len(conflicts) + len(unusable)
    repeats = len(dropped) - len(conflicts)
    read = rows + len(unusable)
    report = {
        "source": SOURCE, "table_name": layout.name, "read_rows": read, "loaded_rows": read - put_aside - repeats,
        "quarantined_rows": put_aside, "duplicate_rows": repeats,
    }  # fmt: skip
    columns = _columns(connection, layout, scan)
    without_mark = dropped.drop_columns(["is_conflict"])
    return Survey(layout, scan, faults, report, without_mark, columns, bool(all_synthetic), bad_rows)


def _columns(connection: duckdb.DuckDBPyConnection, layout: Layout, scan: Scan) -> dict[tuple[str, str], str]:
    """The columns that the files had, and what stood in the first rows of those that are read."""
    read = [name for name in layout.columns if name in scan.kinds]
    texts = ", ".join(f'CAST("{name}" AS VARCHAR) AS "{name}"' for name in read)
    sample = connection.execute(f"SELECT {texts} FROM ({scan.text}) LIMIT {SAMPLE}").df()
    kinds = {name: kind_of(sample[name].astype(TEXT)) for name in read}
    return {(layout.name, name): kinds.get(name, "not read") for name in scan.header}


def _dropped(connection: duckdb.DuckDBPyConnection, layout: Layout, scan: Scan, bad: str, *, is_once: bool) -> pa.Table:
    """Good rows that share their key with another: repeats of one row, and rows of which nobody knows the true one."""
    if is_once:
        return NONE_DROPPED
    values = {rule.name: rule.value for rule in rules_of(layout, scan.kinds)}
    key = ", ".join(values[name] for name in layout.key)
    good = f"SELECT *, hash({key}) AS key_hash FROM ({scan.text}) WHERE NOT ({bad})"
    connection.execute(
        f"CREATE TEMP TABLE repeated AS SELECT key_hash FROM ({good}) GROUP BY key_hash HAVING count(*) > 1"
    )
    return connection.sql(_ALIKE.format(key=key, body=", ".join(values.values()), good=good)).to_arrow_table()


def _listed(connection: duckdb.DuckDBPyConnection, layout: Layout, scan: Scan, bad: str) -> list[dict[str, object]]:
    """The faults of bad rows, one by one."""
    faults = [_struct(rule, *fault) for rule in rules_of(layout, scan.kinds) for fault in rule.faults]
    rows = connection.execute(
        f"SELECT file_at, row_at, fault.field, fault.value, fault.reason FROM ("
        f"SELECT file_at, row_at, unnest([{', '.join(faults)}]) AS fault FROM ({scan.text}) WHERE {bad}) "
        f"WHERE fault IS NOT NULL LIMIT {MOST_FAULTS}"
    ).fetchall()
    return [
        _row_fault(scan, {"file_at": file_at, "row_at": row_at}, field, reason) | {"value": value}
        for file_at, row_at, field, value, reason in rows
    ]


def _struct(rule: Rule, condition: str, reason: str) -> str:
    words = reason.replace("'", "''")
    value = f"CAST({rule.raw} AS VARCHAR)"
    return f"CASE WHEN {condition} THEN {{'field': '{rule.name}', 'value': {value}, 'reason': '{words}'}} END"


def _frame(layout: Layout, listed: list[dict[str, object]], unusable: list[dict[str, object]]) -> pd.DataFrame:
    """All faults in the layout ``QUARANTINE``, with values fit to be shown."""
    frame = pd.DataFrame([*listed, *unusable])
    for field, group in frame.groupby("field") if listed else ():
        frame.loc[group.index, "value"] = masked(str(field), group["value"])
    return frame.assign(source=SOURCE, table_name=layout.name)


def _row_fault(scan: Scan, row: dict[str, int], field: str, reason: str) -> dict[str, object]:
    file = scan.files[row["file_at"]]
    return {
        "file": file,
        "row_number": row["row_at"],
        "field": field,
        "value": None,
        "reason": reason,
        "remedy": FIX_AT_SOURCE,
    }


def _line_fault(file: str, line: BrokenLine) -> dict[str, object]:
    return {
        "file": file,
        "row_number": line.line,
        "field": "line",
        "value": None,
        "reason": line.reason,
        "remedy": line.remedy,
    }


def _nothing(layout: Layout) -> str:
    nulls = ", ".join(f'CAST(NULL AS VARCHAR) AS "{name}"' for name in layout.columns)
    return f"SELECT {nulls}, 0 AS file_at, 0 AS row_at WHERE false"
