"""The kinds of columns of ``hemoflow.schemas.columns`` in SQL and in Arrow."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandera.pandas as pandera
import pyarrow as pa
from sqlalchemy import BigInteger, Boolean, Date, DateTime, Dialect, Double, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from hemoflow.schemas.columns import COUNT, DAY, FLAG, INSTANT, MEASURE, TEXT


class UtcInstant(TypeDecorator[datetime]):
    """An instant in UTC on engines with zones and on those without (SQLite keeps the digits and forgets the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Turn any zone into UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the zone back; a server may answer in its own."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Kind:
    """What holds a value of one kind.

    Attributes:
        sql: Type in the database.
        arrow: Type in Arrow and Parquet, as ``to_arrow`` makes it.
    """

    sql: TypeEngine[Any]
    arrow: pa.DataType


KINDS = {
    TEXT: Kind(Text(), pa.string()),
    COUNT: Kind(BigInteger(), pa.int64()),
    MEASURE: Kind(Double(), pa.float64()),
    FLAG: Kind(Boolean(), pa.bool_()),
    DAY: Kind(Date(), pa.date32()),
    INSTANT: Kind(UtcInstant(), pa.timestamp("us", tz="UTC")),
}


def kind_of(column: pandera.Column) -> Kind:
    """The kind of a layout's column."""
    name = str(column.dtype)
    return KINDS[TEXT if name.startswith(TEXT) else name]  # pandas appends how it stores text
