"""What every engine has in common: the questions' text, and the tables as views that show what a cut may see."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

import pandas as pd

from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.columns import COUNT, DAY, FLAG, INSTANT, MEASURE
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
_KINDS = {COUNT: "BIGINT", MEASURE: "DOUBLE", FLAG: "BOOLEAN", DAY: "DATE"}


@dataclass(frozen=True)
class Engine(ABC):
    """An open engine that knows its cut.

    Attributes:
        cut_at: The cut, an instant in UTC.
        zone: Zone of calendar days.
    """

    cut_at: datetime
    zone: ZoneInfo

    name: ClassVar[str]
    """Its name in the settings."""
    instant_type: ClassVar[str]
    """How the engine calls the type of an instant."""
    text_type: ClassVar[str]
    """How it calls the type of text."""
    row_digest: ClassVar[str]
    """A number of many digits that depends on every value of the row ``t``."""

    @property
    def cut_on(self) -> date:
        """The local day of the cut."""
        return self.cut_at.astimezone(self.zone).date()

    def ask(self, question: str, **values: object) -> pd.DataFrame:
        """Answer of ``sql/<question>.sql`` with the house's dtypes; parameters are bound, never pasted."""
        return self.query(question_text(question), values)

    @abstractmethod
    def query(self, text: str, values: Mapping[str, object] | None = None) -> pd.DataFrame:
        """Answer of a query in the shared subset, with the house's dtypes; ``:name`` stands for a bound value."""

    @abstractmethod
    def put(self, name: str, frame: pd.DataFrame) -> None:
        """Fill an input table of the questions (``points``, ``cuts`` or ``wanted``) anew."""

    @abstractmethod
    def define(self, name: str, text: str) -> None:
        """Create a view that lives as long as the engine.

        Raises:
            InputError: A file behind it is absent or lacks a column.
        """

    @abstractmethod
    def scan(self, name: str, files: list[str]) -> str:
        """What to write behind FROM for the rows of these files, each with ``file_at``, the name of its file."""

    def show_tables(self, paths: Mapping[str, Sequence[Path | str]]) -> None:
        """Define every canonical table and block as it was known at the cut."""
        for layout in CANONICAL.values():
            self.define(layout.name, self._visible(layout, [str(path) for path in paths.get(layout.name, ())]))
        arrivals = (f"SELECT source, '{name}' AS table_name, available_at FROM {name}" for name in CANONICAL)
        self.define("arrivals", " UNION ALL ".join(arrivals))
        for block in BLOCKS:
            self.define(block, question_text(f"blocks/{block}"))

    def _visible(self, layout: Layout, files: list[str]) -> str:
        """Rows that had arrived, with instants ahead of the cut hidden."""
        if not files:
            kinds = _KINDS | {INSTANT: self.instant_type}
            nulls = (
                f"CAST(NULL AS {kinds.get(str(column.dtype), self.text_type)}) AS {name}"
                for name, column in layout.columns.items()
            )
            return f"SELECT {', '.join(nulls)} WHERE false"
        cut = f"CAST('{self.cut_at:%Y-%m-%d %H:%M:%S.%f}+00:00' AS {self.instant_type})"
        instants = {name: column.nullable for name, column in layout.columns.items() if str(column.dtype) == INSTANT}
        past = " AND ".join(f"{name} <= {cut}" for name, may_lack in instants.items() if not may_lack)
        shown = ", ".join(
            f"CASE WHEN {name} <= {cut} THEN {name} END AS {name}" if instants.get(name) else name
            for name in layout.columns
        )
        once, again = _by_deliveries(files)
        inner = [f"SELECT * FROM {self.scan(f'{layout.name}_once', once)} WHERE {past}"] if once else []
        inner += [_latest(self.scan(f"{layout.name}_again", again), past, layout)] if again else []
        return " UNION ALL ".join(f"SELECT {shown} FROM ({query}) seen" for query in inner)


def question_text(question: str) -> str:
    """The SQL of a question without its comment lines."""
    lines = (SQL / f"{question}.sql").read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("--"))


def _by_deliveries(files: list[str]) -> tuple[list[str], list[str]]:
    """Files of sources that came once, and those of sources with later deliveries (an arrival behind an ``@``)."""
    delivered = {_source_of(file) for file in files if DELIVERY in Path(file).name}
    again = [file for file in files if _source_of(file) in delivered]
    return [file for file in files if file not in again], again


def _source_of(file: str) -> str:
    return re.split(rf"{DELIVERY}|-[0-9a-f]{{12}}\.parquet$", Path(file).name)[0]


def _latest(scan: str, condition: str, layout: Layout) -> str:
    """Of each record what arrived last before the cut; of two that arrived at once, the later delivery's."""
    key = ", ".join(("source", *layout.key))
    rank = f"row_number() OVER (PARTITION BY {key} ORDER BY available_at DESC, file_at DESC) AS recency"
    return f"SELECT * FROM (SELECT *, {rank} FROM {scan} WHERE {condition}) deliveries WHERE recency = 1"
