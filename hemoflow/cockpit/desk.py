"""What the pages read: one run at a time, straight from its files, a page of rows at once.

Published results do not change, so a page of a million patients costs one ordered scan of a Parquet file by DuckDB and
never a frame in memory; an answer is kept until the file or what people did about the run is another. Changes made by
hand lie in the ledger and are laid over the rows that are shown.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from hemoflow.cockpit.byhand import STANDING, overridden
from hemoflow.cockpit.questions import (
    Condition,
    Slice,
    engine,
    fetched,
    named,
    order_of,
    remembered,
    require_columns,
    where_of,
    whole,
)
from hemoflow.domain.decisions import Confirmation, Decision
from hemoflow.domain.errors import StateError
from hemoflow.domain.overrides import Override
from hemoflow.reports.header import Header, freshness_words
from hemoflow.reports.warnings import data_note
from hemoflow.reports.words import instant
from hemoflow.schemas.frames import empty, from_arrow, to_arrow
from hemoflow.schemas.results import RESULTS
from hemoflow.store import Approval, RunRecord, RunStatus, Store, WhatIf

PAGE_ROWS = 50
BATCH_ROWS = 10_000


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

    @cached_property
    def decisions(self) -> list[Decision]:
        """What was decided about visits of the worklist, oldest first."""
        return self.store.decisions(self.run.run_id)

    @cached_property
    def confirmations(self) -> list[Confirmation]:
        """What was confirmed of home visits, oldest first."""
        return self.store.confirmations(self.run.run_id)

    @cached_property
    def approval(self) -> Approval | None:
        """Who approved the run, if anybody did."""
        return self.store.approval(self.run.run_id) if self.run.status is RunStatus.APPROVED else None

    @cached_property
    def origin(self) -> WhatIf | None:
        """The trial that the run was before somebody adopted it; None for what was planned on the day's data alone."""
        run_id = self.run.run_id
        return next((trial for trial in self.store.what_ifs(run_id) if trial.adopted_run_id == run_id), None)

    @cached_property
    def folder(self) -> Path:
        """Where the papers of the run are."""
        return self.store.run_folder(self.run.run_id) / "publication"

    def has_paper(self, name: str) -> bool:
        """Whether the run wrote this paper."""
        return (self.folder / name).is_file()

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the run was made from; empty while it has no papers."""
        path = self.folder / "manifest.json"
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return found

    @cached_property
    def header(self) -> Header:
        """What every page and every table that leaves the house says about the run, as it stands now."""
        run, made, freshness = self.run, self.manifest.get("run", {}), self.frame("freshness")
        approval = self.approval
        return Header(
            run.run_id, run.as_of, pd.Timestamp(made.get("cut_at", f"{run.as_of} 00:00Z")), str(run.status),
            run.policy_name, run.policy_version, made.get("policy_sha256", ""), run.model_id, int(made.get("seed", 0)),
            made.get("software_version", ""), freshness_words(freshness), data_note=data_note(freshness),
            approval=f"{approval.approved_by}, {instant(approval.approved_at)}" if approval else "",
        )  # fmt: skip

    @cached_property
    def stale(self) -> list[str]:
        """Critical tables that were missing or too old at the cut."""
        rows = self.frame("freshness")
        rows = rows[rows["is_critical"] & rows["is_stale"]]
        return [f"{source} {table}" for source, table in zip(rows["source"], rows["table_name"], strict=True)]

    @cached_property
    def made_by(self) -> str:
        """The Prefect run that carried this one out last; empty when none is on record."""
        return next((each.flow_run_id for each in reversed(self.store.executions(self.run.run_id))), "")

    def has(self, name: str) -> bool:
        """Whether the run has this result."""
        return name in self._paths

    def frame(self, name: str) -> pd.DataFrame:
        """A whole result with its changes by hand; for what does not grow with patients."""
        if not self.has(name):
            return empty(RESULTS[name])
        return whole(self._ask(name, f"SELECT * FROM rows ORDER BY {', '.join(RESULTS[name].key)}"), name)

    def counts(self, name: str, by: Sequence[str]) -> dict[str, dict[str, int]]:
        """Rows of a result by the value of each of some columns."""
        require_columns(name, by)
        found: dict[str, dict[str, int]] = {column: {} for column in by}
        if self.has(name) and by:
            parts = [
                f"SELECT {place} AS place, CAST({column} AS VARCHAR) AS value, count(*) AS n FROM rows GROUP BY value"
                for place, column in enumerate(by)
            ]
            rows = self._ask(name, f"{' UNION ALL '.join(parts)} ORDER BY place, value").dropna()
            for place, value, n in rows.itertuples(index=False):
                found[by[place]][value] = int(n)
        return found

    def among(self, name: str, column: str, values: Sequence[str]) -> pd.DataFrame:
        """The rows of a result whose column has one of some values, for example the requests of the lines shown."""
        require_columns(name, [column])
        if not self.has(name) or not len(values):
            return empty(RESULTS[name])
        return self._ask(name, f"SELECT * FROM rows WHERE {column} IN (SELECT unnest(?))", [list(values)])

    def slice(
        self, name: str, *, order: Sequence[str] = (), conditions: Sequence[Condition] = (), page: int = 1
    ) -> Slice:
        """One page of a result.

        Args:
            name: Result layout.
            order: Columns to sort by, ``-`` in front of one for descending; the key comes last.
            conditions: What the rows must have.
            page: Number of the page, from 1; a number too large gives the last page.
        """
        require_columns(name, named(order, conditions))
        total = self.count(name, conditions)
        pages = max(1, -(-total // PAGE_ROWS))
        here = min(max(page, 1), pages)
        if not total:
            return Slice(empty(RESULTS[name]), 0, 1, 1)
        where, values = where_of(conditions)
        first, last = (here - 1) * PAGE_ROWS, min(here * PAGE_ROWS, total)
        by, keys, from_end = order_of(name, order), ", ".join(RESULTS[name].key), last > total / 2
        # First which rows, from the narrow columns and from the nearer end; then these rows whole.
        way, skip = (order_of(name, order, reverse=True), total - last) if from_end else (by, first)
        chosen = f"SELECT {keys} FROM rows {where} ORDER BY {way} LIMIT {last - first} OFFSET {skip}"
        rows = self._ask(name, f"SELECT * FROM rows WHERE ({keys}) IN ({chosen}) ORDER BY {by}", values)
        return Slice(whole(rows, name), total, here, pages)

    def batches(
        self, name: str, *, order: Sequence[str] = (), conditions: Sequence[Condition] = ()
    ) -> Iterator[pd.DataFrame]:
        """The rows of a result that fit, some thousands at a time; at least one frame, which may be empty."""
        require_columns(name, named(order, conditions))
        yield empty(RESULTS[name])
        if not self.has(name):
            return
        where, values = where_of(conditions)
        with engine().cursor() as cursor:
            question = f"SELECT * FROM rows {where} ORDER BY {order_of(name, order)}"
            for batch in cursor.execute(self._about(cursor, name, question), values).to_arrow_reader(BATCH_ROWS):
                yield whole(from_arrow(pa.Table.from_batches([batch])), name)

    def count(self, name: str, conditions: Sequence[Condition] = ()) -> int:
        """How many rows of a result fit."""
        require_columns(name, named((), conditions))
        where, values = where_of(conditions)
        return int(self._ask(name, f"SELECT count(*) AS n FROM rows {where}", values)["n"][0]) if self.has(name) else 0

    def grouped(
        self, name: str, by: Sequence[str], sums: Sequence[str] = (), conditions: Sequence[Condition] = ()
    ) -> pd.DataFrame:
        """How many rows (``rows``) a result has for each combination of some columns, and sums of others over them."""
        require_columns(name, [*by, *sums, *named((), conditions)])
        if not self.has(name):
            return empty(RESULTS[name])[[*by, *sums]].assign(rows=pd.Series(dtype="Int64"))
        added = "".join(f", sum({column}) AS {column}" for column in sums)
        columns, (where, values) = ", ".join(by), where_of(conditions)
        question = f"SELECT {columns}{added}, count(*) AS rows FROM rows {where} GROUP BY {columns} ORDER BY {columns}"
        return self._ask(name, question, values)

    def filed(self, name: str, which: str, *given: pd.DataFrame) -> pd.DataFrame:
        """Rows of a result as the run wrote them: ``which`` follows the file in SQL and may join ``given``."""
        with engine().cursor() as cursor:
            for frame in given:
                cursor.register("given", to_arrow(frame))
            return whole(fetched(cursor.execute(f"SELECT * FROM read_parquet(?) {which}", [self._path(name)])), name)

    def _ask(self, name: str, question: str, values: Sequence[Any] = ()) -> pd.DataFrame:
        """The answer to a question about ``rows``, which are the result as it stands, changes by hand included."""
        path = self._path(name)
        told = len(self.overrides), len(self.confirmations)  # both only grow
        key = (path, Path(path).stat().st_mtime_ns, *told, question, repr(values))
        return remembered(key, lambda: self._answer(name, question, values)).copy()

    def _answer(self, name: str, question: str, values: Sequence[Any]) -> pd.DataFrame:
        with engine().cursor() as cursor:
            return fetched(cursor.execute(self._about(cursor, name, question), values))

    def _about(self, cursor: duckdb.DuckDBPyConnection, name: str, question: str) -> str:
        """The question with ``rows`` made out in front of it."""
        path = self._path(name).replace("'", "''")
        rows, changed = f"SELECT * FROM read_parquet('{path}')", STANDING.get(name, overridden)(self, name)
        if changed is not None:
            cursor.register("given", to_arrow(changed))
            cursor.execute("CREATE TEMP TABLE changed AS SELECT * FROM given")  # DuckDB pushes filters that Arrow lacks
            keys = ", ".join(RESULTS[name].key)
            rows += f" ANTI JOIN changed USING ({keys}) UNION ALL BY NAME SELECT * FROM changed"
        return f"WITH rows AS NOT MATERIALIZED ({rows}) {question}"

    def _path(self, name: str) -> str:
        if not Path(self._paths[name]).is_file():
            raise StateError(f"The file of {name} of run {self.run.run_id} is gone.", remedy="Run the day again.")
        return self._paths[name]


@lru_cache(maxsize=64)
def cached_bytes(path: str, _modified: float) -> bytes:
    """The bytes of a paper; the moment of its last change is part of the question."""
    return Path(path).read_bytes()
