"""DuckDB in memory over Parquet, showing only what was known at a cut."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb
import pandas as pd

from hemoflow.domain.errors import InputError, UsageError
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.columns import COUNT, DAY, FLAG, INSTANT, MEASURE
from hemoflow.schemas.frames import from_arrow, to_arrow
from hemoflow.schemas.table import Layout

SQL = Path(__file__).with_name("sql")
BLOCKS = (
    "open_stays",
    "known_labs",
    "known_transfusions",
    "transfusion_days",
    "known_requests",
    "known_drugs",
    "ledger",
    "units_held",
    "requests_open",
)
"""Shared views in the order in which they build on one another."""

DELIVERY = "@"
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)")
_KINDS = {COUNT: "BIGINT", MEASURE: "DOUBLE", FLAG: "BOOLEAN", DAY: "DATE", INSTANT: "TIMESTAMPTZ"}
# Spark has both by nature; here they make the same text run.
_MACROS = """
CREATE MACRO unix_micros(t) AS epoch_us(t);
CREATE MACRO unix_date(d) AS CAST(d - DATE '1970-01-01' AS BIGINT);
"""


@dataclass(frozen=True)
class Engine:
    """An open connection that knows its cut.

    Attributes:
        connection: DuckDB connection with one view for each canonical table.
        cut_at: The cut, an instant in UTC.
        zone: Zone of calendar days.
    """

    connection: duckdb.DuckDBPyConnection
    cut_at: datetime
    zone: ZoneInfo

    @property
    def cut_on(self) -> date:
        """The local day of the cut."""
        return self.cut_at.astimezone(self.zone).date()

    def ask(self, question: str, **values: object) -> pd.DataFrame:
        """Answer of ``sql/<question>.sql`` with the house's dtypes; parameters are bound, never pasted."""
        text = question_text(question)
        relation = self.connection.sql(_PARAMETER.sub(r"$\1", text), params=values)
        return from_arrow(relation.to_arrow_table())

    def put(self, name: str, frame: pd.DataFrame) -> None:
        """Fill an input table of the questions (``points``, ``cuts`` or ``wanted``) anew."""
        arrow = to_arrow(frame)
        self.connection.execute(f"DELETE FROM {name}")
        self.connection.register("given", arrow)
        self.connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM given")
        self.connection.unregister("given")


def question_text(question: str) -> str:
    """The SQL of a question without its comment lines."""
    lines = (SQL / f"{question}.sql").read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("--"))


@contextmanager
def open_engine(
    paths: Mapping[str, Sequence[Path | str]], cut_at: datetime, *, time_zone: str, threads: int = 1
) -> Iterator[Engine]:
    """Open the tables as they were known at the cut.

    Args:
        paths: Canonical table name to its Parquet files; a table without files is empty.
        cut_at: Instant up to which anything is visible; must carry a zone.
        time_zone: IANA zone of calendar days.
        threads: DuckDB threads.

    Raises:
        UsageError: The cut has no zone, the zone or a table is unknown.
        InputError: A file is absent or lacks a column.
    """
    zone = _zone(time_zone)
    if cut_at.tzinfo is None:
        raise UsageError(f"The cut {cut_at.isoformat()} has no time zone.", remedy="Give an instant in UTC.")
    unknown = sorted(set(paths) - set(CANONICAL))
    if unknown:
        raise UsageError(f"Unknown tables: {', '.join(unknown)}.", remedy=f"Known: {', '.join(CANONICAL)}.")
    # Nothing may be fetched from the network while a question is asked.
    offline = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    with duckdb.connect(":memory:", config={"threads": str(threads), **offline}) as connection:
        engine = Engine(connection, cut_at.astimezone(UTC), zone)
        _prepare(engine, time_zone)
        for layout in CANONICAL.values():
            _show(engine, layout, [str(path) for path in paths.get(layout.name, ())])
        arrivals = (f"SELECT source, '{name}' AS table_name, available_at FROM {name}" for name in CANONICAL)
        connection.execute(f"CREATE VIEW arrivals AS {' UNION ALL '.join(arrivals)}")
        for block in BLOCKS:
            connection.execute(f"CREATE VIEW {block} AS {question_text(f'blocks/{block}')}")
        yield engine


def _zone(time_zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UsageError(f"Unknown time zone '{time_zone}'.", remedy="Give an IANA name, as Europe/Rome.") from error


def _prepare(engine: Engine, time_zone: str) -> None:
    run = engine.connection.execute
    run(f"SET TimeZone = '{time_zone}'")
    run(_MACROS)
    run("CREATE TABLE cut (cut_at TIMESTAMPTZ, cut_on DATE)")
    run("INSERT INTO cut VALUES (?, ?)", [engine.cut_at, engine.cut_on])
    run("CREATE TABLE points (patient_id VARCHAR, cut_at TIMESTAMPTZ)")
    run("CREATE TABLE cuts (cut_at TIMESTAMPTZ)")
    run("CREATE TABLE wanted (table_name VARCHAR)")


def _show(engine: Engine, layout: Layout, files: list[str]) -> None:
    """Create the view of one table: rows that had arrived, with instants ahead of the cut hidden."""
    if not files:
        nulls = (
            f"CAST(NULL AS {_KINDS.get(str(column.dtype), 'VARCHAR')}) AS {name}"
            for name, column in layout.columns.items()
        )
        engine.connection.execute(f"CREATE VIEW {layout.name} AS SELECT {', '.join(nulls)} WHERE false")
        return
    cut = f"TIMESTAMPTZ '{engine.cut_at:%Y-%m-%d %H:%M:%S.%f}+00'"
    instants = {name: column.nullable for name, column in layout.columns.items() if str(column.dtype) == INSTANT}
    past = [f"{name} <= {cut}" for name, may_lack in instants.items() if not may_lack]
    shown = [
        f"CASE WHEN {name} <= {cut} THEN {name} END AS {name}" if instants.get(name) else name
        for name in layout.columns
    ]
    once, again = _by_deliveries(files)
    inner = [f"SELECT * FROM {_scan(once)} WHERE {' AND '.join(past)}"] if once else []
    inner += [_latest(again, " AND ".join(past), layout)] if again else []
    parts = " UNION ALL ".join(f"SELECT {', '.join(shown)} FROM ({query})" for query in inner)
    try:
        engine.connection.execute(f"CREATE VIEW {layout.name} AS {parts}")
    except duckdb.Error as error:
        raise InputError(
            f"The files of '{layout.name}' cannot be read: {str(error).splitlines()[0]}",
            remedy="Load the source again with `hemoflow ingest`.",
        ) from error


def _by_deliveries(files: list[str]) -> tuple[list[str], list[str]]:
    """Files of sources that came once, and those of sources with later deliveries (an arrival behind an ``@``)."""
    delivered = {_source_of(file) for file in files if DELIVERY in Path(file).name}
    again = [file for file in files if _source_of(file) in delivered]
    return [file for file in files if file not in again], again


def _source_of(file: str) -> str:
    return re.split(rf"{DELIVERY}|-[0-9a-f]{{12}}\.parquet$", Path(file).name)[0]


def _latest(files: list[str], condition: str, layout: Layout) -> str:
    """Of each record what arrived last before the cut; of two that arrived at once, the later delivery's."""
    key = ", ".join(("source", *layout.key))
    order = "available_at DESC, filename DESC"
    rank = f"row_number() OVER (PARTITION BY {key} ORDER BY {order})"
    return f"SELECT * FROM {_scan(files)} WHERE {condition} QUALIFY {rank} = 1"


def _scan(files: list[str]) -> str:
    names = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    return f"read_parquet([{names}], union_by_name=true, filename=true)"
