"""Frames at the border: one set of dtypes, one order of rows, one way to split good rows from bad."""

from typing import Any

import pandas as pd
import pandera.errors
import pyarrow as pa

from hemoflow.schemas.columns import DAY, INSTANT
from hemoflow.schemas.table import Layout


def conform(frame: pd.DataFrame, layout: Layout) -> pd.DataFrame:
    """Columns of the layout in order, cast to their dtypes, rows sorted by the key, validated.

    Raises:
        pandera.errors.SchemaErrors: A row or column does not fit; use :func:`split` where rows may be bad.
    """
    cast_frame = _cast(frame, layout)
    ordered = cast_frame.sort_values(list(layout.key), kind="stable", ignore_index=True)
    return layout.schema.validate(ordered, lazy=True)


def empty(layout: Layout) -> pd.DataFrame:
    """A frame of the layout without rows."""
    return conform(pd.DataFrame({name: pd.Series(dtype="object") for name in layout.columns}), layout)


def split(frame: pd.DataFrame, layout: Layout) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Good rows, and one line for each fault of the bad ones.

    Args:
        frame: Rows with the columns of the layout; the index identifies each row for the caller and must be unique.
        layout: What they should be.

    Returns:
        ``(good, faults)``; ``good`` keeps the caller's index, ``faults`` has the columns ``row`` (index), ``field``,
        ``value`` (text) and ``reason``.
    """
    cast_frame = _cast(frame, layout)
    try:
        return layout.schema.validate(cast_frame, lazy=True), _faults([])
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
    faults = _faults(
        [
            (case["index"], case["column"], str(case["failure_case"]), _reason(case["check"]))
            for case in cases[cases["index"].notna()].to_dict("records")
        ]
    )
    return cast_frame[~cast_frame.index.isin(faults["row"])], faults


def plain_records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows with Python's own values; what is missing is None."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [
        {str(name): value.item() if hasattr(value, "item") else value for name, value in row.items()} for row in rows
    ]


def to_arrow(frame: pd.DataFrame) -> pa.Table:
    """Arrow table of a conformed frame; days become dates, instants microseconds in UTC: what DuckDB and Spark hold."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    for position, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            kind = pa.timestamp("us", tz="UTC") if field.type.tz else pa.date32()
            table = table.set_column(
                position, pa.field(field.name, kind), table.column(position).cast(kind, safe=False)
            )
    return table.replace_schema_metadata(None)


def from_arrow(table: pa.Table) -> pd.DataFrame:
    """Frame with the house's dtypes: ``string``, ``Int64``, ``float64``, ``boolean``, UTC instants, midnight days."""
    kinds = {
        pa.string(): pd.StringDtype(),
        pa.large_string(): pd.StringDtype(),
        pa.int64(): pd.Int64Dtype(),
        pa.int32(): pd.Int64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
    }
    for position, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):  # DuckDB's sum of whole numbers comes as one without places
            kind = pa.int64() if field.type.scale == 0 else pa.float64()
            table = table.set_column(position, pa.field(field.name, kind), table.column(position).cast(kind))
    frame: pd.DataFrame = table.to_pandas(types_mapper=kinds.get, date_as_object=False)
    for field in table.schema:
        if pa.types.is_date(field.type):
            frame[field.name] = frame[field.name].astype(DAY)
        elif pa.types.is_timestamp(field.type) and field.type.tz:
            frame[field.name] = frame[field.name].astype(INSTANT)
    return frame


def _cast(frame: pd.DataFrame, layout: Layout) -> pd.DataFrame:
    missing = [name for name in layout.columns if name not in frame.columns]
    if missing:
        raise KeyError(f"{layout.name} lacks the columns {missing}")
    return frame[list(layout.columns)].astype({name: str(column.dtype) for name, column in layout.columns.items()})


def _faults(rows: list[tuple[object, str, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["row", "field", "value", "reason"])


def _reason(check: object) -> str:
    return "missing" if check == "not_nullable" else f"must be {check}"
