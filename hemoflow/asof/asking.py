"""What every engine has in common: the questions' text, and the tables as views that show what a cut may see."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pandas as pd

from hemoflow.asof.deliveries import by_deliveries, may_overtake
from hemoflow.domain.errors import UsageError
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

Work = Callable[[pd.DataFrame], pd.DataFrame]
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

    def frame(self, text: str, values: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401, ARG002
        """Answer of a query as a frame of the engine's own, not collected.

        Raises:
            UsageError: The engine has none; it answers on this machine.
        """
        raise UsageError(f"The engine '{self.name}' keeps no frames apart.", remedy="Set HEMOFLOW_ENGINE=spark.")

    @abstractmethod
    def put(self, name: str, frame: pd.DataFrame) -> None:
        """Fill an input table of the questions (``points``, ``cuts`` or ``wanted``) anew."""

    @abstractmethod
    def derive(self, layout: Layout, work: Work, question: str, **values: object) -> None:
        """Fill the input table of a layout anew with what work makes of a question's answer, some rows at a time.

        The whole answer never lies in memory; on Spark the work is done where the rows are.

        Args:
            layout: What work gives, and the table.
            work: From some rows of the answer to rows of the layout.
            question: The question.
            values: Its parameters.
        """

    @abstractmethod
    def define(self, name: str, text: str) -> None:
        """Create a view that lives as long as the engine.

        Raises:
            InputError: A file behind it is absent or lacks a column.
        """

    @abstractmethod
    def row_digest(self, layout: Layout) -> str:
        """A number of many digits that depends on every value of a row ``t`` of this layout."""

    @abstractmethod
    def scan(self, name: str, files: list[str]) -> str:
        """What to write behind FROM for the rows of these files, each with ``file_at``, the name of its file.

        Args:
            name: The table.
            files: Its files.
        """

    @classmethod
    def kinds(cls, layout: Layout) -> dict[str, str]:
        """How the engine calls the type of each column."""
        known = _KINDS | {INSTANT: cls.instant_type}
        return {name: known.get(str(column.dtype), cls.text_type) for name, column in layout.columns.items()}

    def show_tables(self, paths: Mapping[str, Sequence[Path | str]]) -> None:
        """Define every canonical table and block as it was known at the cut."""
        for layout in CANONICAL.values():
            self.define(layout.name, self._known(layout, [str(path) for path in paths.get(layout.name, ())]))
        arrivals = (f"SELECT source, '{name}' AS table_name, available_at FROM {name}" for name in CANONICAL)
        self.define("arrivals", " UNION ALL ".join(arrivals))
        for block in BLOCKS:
            self.define(block, question_text(f"blocks/{block}"))

    def late(self, layout: Layout) -> str:
        """The condition that a row carries an instant ahead of the cut."""
        cut = self._cut
        return " OR ".join(f"coalesce({name} > {cut}, false)" for name in instants_of(layout))

    def visible(self, layout: Layout, files: list[str], *, only: str = "") -> str:
        """A query for the rows of files that had arrived by the cut, with instants ahead of it hidden.

        Args:
            layout: The table.
            files: Its files.
            only: A condition on the rows as they stand in the files; empty means all.
        """
        if not files:
            nulls = (f"CAST(NULL AS {kind}) AS {name}" for name, kind in self.kinds(layout).items())
            return f"SELECT {', '.join(nulls)} WHERE false"
        shown, past = self._shown(layout)
        which = f"{past} AND ({only})" if only else past
        return f"SELECT {shown} FROM {self.scan(layout.name, files)} WHERE {which}"

    @property
    def _cut(self) -> str:
        return f"CAST('{self.cut_at:%Y-%m-%d %H:%M:%S.%f}+00:00' AS {self.instant_type})"

    def _shown(self, layout: Layout) -> tuple[str, str]:
        """The columns with instants ahead of the cut hidden, and the condition that a row had arrived."""
        cut, instants = self._cut, instants_of(layout)
        shown = ", ".join(
            f"CASE WHEN {name} <= {cut} THEN {name} END AS {name}" if instants.get(name) else name
            for name in layout.columns
        )
        return shown, " AND ".join(f"{name} <= {cut}" for name, may_lack in instants.items() if not may_lack)

    def _known(self, layout: Layout, files: list[str]) -> str:
        """What the cut may see of a table: of each record what arrived last."""
        once, first, later = by_deliveries(files)
        parts = [self.visible(layout, once)] if once or not files else []
        if later:
            newest = self._newest(layout, later)
            history = self.visible(layout, first)
            parts.append(_left(history, newest, layout, "one.available_at > other.available_at"))
            stands = "one.available_at >= other.available_at"
            parts.append(_left(newest, history, layout, stands) if may_overtake(first, later) else newest)
        return " UNION ALL ".join(f"SELECT * FROM ({part}) part" for part in parts)

    def _newest(self, layout: Layout, files: list[str]) -> str:
        """Of each record that deliveries brought by the cut the last; of two at once, the later delivery's."""
        shown, past = self._shown(layout)
        key = ", ".join(("source", *layout.key))
        rank = f"row_number() OVER (PARTITION BY {key} ORDER BY available_at DESC, file_at DESC) AS recency"
        seen = f"SELECT {shown}, {rank} FROM {self.scan(layout.name, files)} WHERE {past}"
        return f"SELECT {', '.join(layout.columns)} FROM ({seen}) deliveries WHERE recency = 1"


def instants_of(layout: Layout) -> dict[str, bool]:
    """The instants of a table, and whether each may be missing."""
    return {name: column.nullable for name, column in layout.columns.items() if str(column.dtype) == INSTANT}


def question_text(question: str) -> str:
    """The SQL of a question without its comment lines."""
    lines = (SQL / f"{question}.sql").read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("--"))


def _left(rows: str, others: str, layout: Layout, condition: str) -> str:
    """Rows (``one``) without a record of the same key in others (``other``), or whose record meets the condition.

    A join that keeps rows, because DuckDB answers a condition in NOT EXISTS by holding all rows in memory.
    """
    columns = ", ".join(f"one.{name}" for name in layout.columns)
    same = " AND ".join(f"other.{name} = one.{name}" for name in ("source", *layout.key))
    return (
        f"SELECT {columns} FROM ({rows}) one LEFT JOIN ({others}) other ON {same} "
        f"WHERE other.source IS NULL OR {condition}"
    )
