"""What the pages read: one run at a time, straight from its files, a page of rows at once.

Published results do not change, so a page of a million patients costs one ordered scan of a Parquet file by DuckDB and
never a frame in memory. Changes made by hand lie in the ledger and are laid over the rows that are shown.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq

from hemoflow.domain.errors import StateError, UsageError
from hemoflow.domain.overrides import Override
from hemoflow.schemas.frames import empty, from_arrow
from hemoflow.schemas.results import RESULTS
from hemoflow.store import RunRecord, Store

PAGE_ROWS = 50
Filters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Slice:
    """Some rows of a result.

    Attributes:
        rows: The rows to show, changes by hand laid over them.
        total: Rows that fit the filters.
        page: Number of this page, from 1.
        pages: Number of pages, at least 1.
    """

    rows: pd.DataFrame
    total: int
    page: int
    pages: int


class Desk:
    """One run on the table.

    Args:
        store: The store, open.
        run: The run that is looked at.
    """

    def __init__(self, store: Store, run: RunRecord) -> None:
        self.store, self.run = store, run
        self._paths = {ref.name: ref.path for stage in store.stages(run.run_id) for ref in stage.frames}

    @cached_property
    def overrides(self) -> list[Override]:
        """Changes made by hand, oldest first."""
        return self.store.overrides(self.run.run_id)

    @property
    def folder(self) -> Path:
        """Where the papers of the run are."""
        return self.store.run_folder(self.run.run_id) / "publication"

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the run was made from; empty while it has no papers."""
        path = self.folder / "manifest.json"
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return found

    def has(self, name: str) -> bool:
        """Whether the run has this result."""
        return name in self._paths

    def frame(self, name: str) -> pd.DataFrame:
        """A whole result with its changes by hand; for results whose size does not grow with the patients."""
        whole = _read(self._path(name)).copy() if self.has(name) else empty(RESULTS[name])
        return self._with_changes(name, whole)

    def count(self, name: str, by: str) -> dict[str, int]:
        """Rows of a result by the value of a column."""
        _require_columns(name, [by])
        if not self.has(name):
            return {}
        rows = self._query(name, f"SELECT {by} AS value, count(*) AS n FROM rows GROUP BY 1 ORDER BY 1", [])
        known = rows.dropna()
        return dict(zip(known["value"].astype(str), known["n"].astype(int), strict=True))

    def slice(self, name: str, *, order: Sequence[str] = (), filters: Filters | None = None, page: int = 1) -> Slice:
        """One page of a result.

        Args:
            name: Result layout.
            order: Columns to sort by, ``-`` in front of one for descending; the key comes last.
            filters: Column to the value that it must have; an empty value does not filter.
            page: Number of the page, from 1; a number too large gives the last page.
        """
        wanted = {column: value for column, value in (filters or {}).items() if value}
        _require_columns(name, [column.lstrip("-") for column in order] + list(wanted))
        if not self.has(name):
            return Slice(empty(RESULTS[name]), 0, 1, 1)
        where = " AND ".join(f"CAST({column} AS VARCHAR) = ?" for column in wanted) or "true"
        values = list(wanted.values())
        total = int(self._query(name, f"SELECT count(*) AS n FROM rows WHERE {where}", values)["n"].iloc[0])
        pages = max(1, -(-total // PAGE_ROWS))
        here = min(max(page, 1), pages)
        by = [f"{c[1:]} DESC NULLS LAST" if c.startswith("-") else f"{c} NULLS LAST" for c in order]
        by += [column for column in RESULTS[name].key if column not in {c.lstrip("-") for c in order}]
        rows = self._query(
            name,
            f"SELECT * FROM rows WHERE {where} ORDER BY {', '.join(by)} "
            f"LIMIT {PAGE_ROWS} OFFSET {(here - 1) * PAGE_ROWS}",
            values,
        )
        return Slice(self._with_changes(name, rows), total, here, pages)

    def _with_changes(self, name: str, rows: pd.DataFrame) -> pd.DataFrame:
        for change in (each for each in self.overrides if each.table == name):
            fits = pd.Series(data=True, index=rows.index)
            for column, value in change.key.items():
                fits &= rows[column].astype(str) == str(value)
            rows.loc[fits, change.field] = pd.NA if change.after is None else change.after
            rows.loc[fits, "reason"] = change.words
        return rows

    def _query(self, name: str, sql: str, values: list[str]) -> pd.DataFrame:
        with duckdb.connect(":memory:", config={"threads": "2"}) as connection:
            connection.read_parquet(self._path(name)).create_view("rows")
            return from_arrow(connection.execute(sql, values).to_arrow_table())

    def _path(self, name: str) -> str:
        if not Path(self._paths[name]).is_file():
            raise StateError(f"The file of {name} of run {self.run.run_id} is gone.", remedy="Run the day again.")
        return self._paths[name]


def _require_columns(name: str, columns: Sequence[str]) -> None:
    unknown = [column for column in columns if column not in RESULTS[name].columns]
    if unknown:
        raise UsageError(f"{name} has no column {', '.join(unknown)}.", remedy="Follow the links of the page.")


@lru_cache(maxsize=64)
def _read(path: str) -> pd.DataFrame:
    """A whole frame; files of runs never change under their name, but for a run that is made anew with equal bytes."""
    return from_arrow(pq.read_table(path, use_threads=False))


@lru_cache(maxsize=64)
def cached_bytes(path: str, _modified: float) -> bytes:
    """The bytes of a paper; the moment of its last change is part of the question."""
    return Path(path).read_bytes()
