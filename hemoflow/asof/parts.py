"""Work on the parts of a frame where the engine of the questions runs: here, or on the workers of the same Spark.

Work is a plain function from frame to frame; what it gives must not depend on which parts there are. The workers need
this package.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from hemoflow.asof.asking import Work
from hemoflow.asof.spark import SparkEngine, ddl, on_batches, on_table, running_spark
from hemoflow.domain import errors
from hemoflow.domain.errors import HemoflowError
from hemoflow.schemas.frames import conform, empty, from_arrow, to_arrow
from hemoflow.schemas.table import Layout

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Spread = Callable[[pd.DataFrame, Work], pd.DataFrame]
FAULT = "fault"
"""Column in which a worker's error travels."""
SOME_ROWS = 100_000
"""Rows that are worked on at a time on this machine."""


def by_rows(frame: pd.DataFrame, work: Work, layout: Layout, *, engine: str, threads: int = 1) -> pd.DataFrame:
    """What work gives for rows that do not look at one another; on Spark each worker takes some of them.

    Here one part follows the other, so that what the work needs besides does not grow with the rows.

    Args:
        frame: The rows.
        work: From some of the rows to rows of the layout.
        layout: What it gives.
        engine: ``duckdb`` or ``spark``.
        threads: Threads where Spark's own configuration names no master.
    """
    if engine != SparkEngine.name or frame.empty:
        parts = [work(frame.iloc[first : first + SOME_ROWS]) for first in range(0, max(len(frame), 1), SOME_ROWS)]
        return parts[0] if len(parts) == 1 else conform(pd.concat(parts), layout)
    session = running_spark(threads)
    rows = session.createDataFrame(to_arrow(frame)).repartition(session.sparkContext.defaultParallelism)
    return _answer(rows.mapInArrow(partial(on_batches, partial(_or_fault, work, layout)), _ddl(layout)), layout)


def apart_by(group: str, layout: Layout, *, engine: str, threads: int = 1) -> Spread | None:
    """How work on each group of rows is carried out on the engine's workers; None where the engine has none.

    Args:
        group: The column that tells groups apart, for example a site or a blood group.
        layout: What work gives.
        engine: ``duckdb`` or ``spark``.
        threads: Threads where Spark's own configuration names no master.

    Returns:
        From rows and work to what work gives for each group, put together and sorted by the layout's key.
    """
    return partial(_by_group, group, layout, threads) if engine == SparkEngine.name else None


def _by_group(group: str, layout: Layout, threads: int, frame: pd.DataFrame, work: Work) -> pd.DataFrame:
    def _of_group(rows: pa.Table) -> pa.Table:  # Spark reads its kind from these words
        return on_table(partial(_or_fault, work, layout), rows)

    groups = running_spark(threads).createDataFrame(to_arrow(frame)).groupBy(group)
    return _answer(groups.applyInArrow(_of_group, _ddl(layout)), layout)


def _or_fault(work: Work, layout: Layout, rows: pd.DataFrame) -> pd.DataFrame:
    """What work gives, or a row that holds the error: what a worker raises Spark tries again and tells as its own."""
    try:
        return work(rows).assign(**{FAULT: pd.Series(dtype="string")})
    except HemoflowError as error:
        return empty(layout).reindex([0]).assign(**{FAULT: pd.array([f"{type(error).__name__} {error}"], "string")})


def _answer(made: "DataFrame", layout: Layout) -> pd.DataFrame:
    """The rows that the workers gave.

    Raises:
        HemoflowError: What work raised on one of them.
    """
    found = from_arrow(made.toArrow())
    for fault in sorted(found[FAULT].dropna()):
        kind, _, words = str(fault).partition(" ")
        raise getattr(errors, kind)(words)
    return conform(found, layout)


def _ddl(layout: Layout) -> str:
    return f"{ddl(layout)}, `{FAULT}` string"
