"""The first stream over a table: how many rows are good, which are not and why, and which repeat another's key."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from hemoflow.connectors.canonical.checks import Rule, any_fault, rules_of
from hemoflow.connectors.canonical.files import SOURCE, Scan, kinds_of, opened, scan_of
from hemoflow.connectors.intake import FIX_AT_SOURCE, masked
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
_REJECTED = """
SELECT s.file_path, e.line, min(CAST(e.error_type AS VARCHAR))
FROM reject_errors e
JOIN (SELECT DISTINCT scan_id, file_id, file_path FROM reject_scans) s USING (scan_id, file_id)
GROUP BY ALL ORDER BY ALL
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
        is_synthetic: Whether every row says so.
        bad_rows: Rows that have a fault.
    """

    layout: Layout
    scan: Scan
    faults: pd.DataFrame
    report: dict[str, object]
    dropped: pa.Table
    is_synthetic: bool
    bad_rows: int


def survey(folder: Path, layout: Layout, files: Sequence[Path]) -> Survey:
    """Stream over the files of one table.

    Raises:
        InputError: A file breaks off in the middle.
    """
    with opened() as connection:
        usable, unusable = _usable(connection, folder, layout, files)
        scan = scan_of(folder, usable) if usable else Scan(_nothing(layout), dict.fromkeys(layout.columns, "NULL"), ())
        try:
            return _surveyed(connection, layout, scan, unusable)
        except duckdb.Error as error:
            raise InputError(
                f"The files of '{layout.name}' cannot be read to the end.", remedy="Fetch them again."
            ) from error


def _usable(
    connection: duckdb.DuckDBPyConnection, folder: Path, layout: Layout, files: Sequence[Path]
) -> tuple[list[tuple[Path, dict[str, str]]], list[dict[str, object]]]:
    """Files with all the columns they need, and a fault for each of the others."""
    usable, faults = [], []
    needed = [name for name, column in layout.columns.items() if not column.nullable]
    for path in files:
        try:
            kinds = kinds_of(connection, path)
        except duckdb.Error:
            faults.append(_file_fault(folder, path, "the file is damaged", FETCH_AGAIN))
            continue
        if lacking := sorted(set(needed) - set(kinds)):
            remedy = "Deliver it with its original header."
            faults.append(_file_fault(folder, path, f"lacks the columns {', '.join(lacking)}", remedy))
        else:
            usable.append((path, kinds))
    return usable, faults


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
    lines = _rejected_lines(connection, scan)
    # Keys that only ascend are each there once; nothing has to be remembered to know it.
    is_once = len(layout.key) == 1 and disorder == 0
    dropped = _dropped(connection, layout, scan, bad, is_once=is_once)
    conflicts = [row for row in dropped.to_pylist() if row["is_conflict"]]
    found = _listed(connection, layout, scan, bad) if bad_rows else []
    listed = [*found, *(_row_fault(scan, row, layout.key[-1], CONFLICT) for row in conflicts[:MOST_FAULTS])]
    faults = _frame(layout, listed, lines, unusable)
    put_aside = bad_rows + len(conflicts) + len(unusable) + len(lines)
    repeats = len(dropped) - len(conflicts)
    read = rows + len(unusable) + len(lines)
    report = {
        "source": SOURCE, "table_name": layout.name, "read_rows": read, "loaded_rows": read - put_aside - repeats,
        "quarantined_rows": put_aside, "duplicate_rows": repeats,
    }  # fmt: skip
    return Survey(layout, scan, faults, report, dropped.drop_columns(["is_conflict"]), bool(all_synthetic), bad_rows)


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


def _frame(
    layout: Layout, listed: list[dict[str, object]], lines: pd.DataFrame, unusable: list[dict[str, object]]
) -> pd.DataFrame:
    """All faults in the layout ``QUARANTINE``, with values fit to be shown and the lines of a CSV file as they are."""
    broken = [
        {"file": file, "row_number": line, "field": "line", "value": None, "reason": reason, "remedy": FIX_AT_SOURCE}
        for file, line, reason in lines.itertuples(index=False)
    ]
    if listed:
        frame = pd.DataFrame(listed)
        for file, group in lines.groupby("file"):
            for line in sorted(group["line"]):
                frame.loc[(frame["file"] == file) & (frame["row_number"] >= line), "row_number"] += 1
        for field, group in frame.groupby("field"):
            frame.loc[group.index, "value"] = masked(str(field), group["value"])
        listed = [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
    return pd.DataFrame([*listed, *broken, *unusable]).assign(source=SOURCE, table_name=layout.name)


def _rejected_lines(connection: duckdb.DuckDBPyConnection, scan: Scan) -> pd.DataFrame:
    """Lines of CSV files that are no rows: ``file, line, reason``."""
    columns = ["file", "line", "reason"]
    if not any(file.endswith(".csv") for file in scan.files):
        return pd.DataFrame(columns=columns)
    found = connection.execute(_REJECTED).fetchall()
    names = [
        (next(file for file in scan.files if str(path).endswith(file)), line, f"broken line: {why.lower()}")
        for path, line, why in found
    ]
    return pd.DataFrame(names, columns=columns).drop_duplicates(["file", "line"])


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


def _file_fault(folder: Path, path: Path, reason: str, remedy: str) -> dict[str, object]:
    file = path.relative_to(folder).as_posix()
    return {"file": file, "row_number": 1, "field": "line", "value": None, "reason": reason, "remedy": remedy}


def _nothing(layout: Layout) -> str:
    nulls = ", ".join(f'CAST(NULL AS VARCHAR) AS "{name}"' for name in layout.columns)
    return f"SELECT {nulls}, 0 AS file_at, 0 AS row_at WHERE false"
