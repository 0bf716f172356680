"""Rows of frames in tables. The only place that moves many rows, so that a faster way has to be found only once."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import ColumnElement, Connection, Table, and_, delete, insert, select

from hemoflow.schemas.frames import from_arrow
from hemoflow.schemas.table import Layout
from hemoflow.store.kinds import kind_of

Scope = Mapping[str, Any]
"""Column values shared by all rows of one frame, for example ``{"run_id": ...}``."""


def replace_rows(connection: Connection, table: Table, rows: pa.Table, scope: Scope) -> None:
    """Put the rows of a frame in the place of those that the scope had; a missing value becomes NULL."""
    delete_rows(connection, table, scope)
    if connection.dialect.name == "postgresql":
        _copy(connection, table, rows, scope)
        return
    records = [{**row, **scope} for row in rows.to_pylist()]
    if records:
        connection.execute(insert(table), records)


def _copy(connection: Connection, table: Table, rows: pa.Table, scope: Scope) -> None:
    # COPY is PostgreSQL's own way in for many rows; it takes part in the transaction like any statement.
    quote = connection.dialect.identifier_preparer.quote
    rows = rows.drop_columns([name for name in rows.column_names if name in scope])
    names = ", ".join(quote(name) for name in (*rows.column_names, *scope))
    columns = [column.to_pylist() for column in rows.columns]
    shared = tuple(scope.values())
    driver: Any = connection.connection.cursor()
    with driver, driver.copy(f"COPY {quote(table.name)} ({names}) FROM STDIN") as copy:
        for row in zip(*columns, strict=True):
            copy.write_row(row + shared)


def delete_rows(connection: Connection, table: Table, scope: Scope) -> None:
    """Remove the rows of a scope."""
    connection.execute(delete(table).where(within(table, scope)))


def read_rows(connection: Connection, table: Table, layout: Layout, where: ColumnElement[bool]) -> pd.DataFrame:
    """The frame that the rows were written from."""
    columns = [table.c[name] for name in layout.columns]
    rows = connection.execute(select(*columns).where(where)).mappings()
    frame = from_arrow(pa.Table.from_pylist([dict(row) for row in rows], schema=_arrow_schema(layout)))
    # Sorted here, because databases disagree on the order of text.
    return frame.sort_values(list(layout.key), kind="stable", ignore_index=True)


def within(table: Table, scope: Scope) -> ColumnElement[bool]:
    """The condition that picks the rows of a scope."""
    return and_(*(table.c[name] == value for name, value in scope.items()))


def _arrow_schema(layout: Layout) -> pa.Schema:
    return pa.schema([(name, kind_of(column).arrow) for name, column in layout.columns.items()])
