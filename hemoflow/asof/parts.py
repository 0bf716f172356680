"""Work on the parts of a frame where the engine of the questions runs: here, or on the workers of the same Spark.

Work is a plain function from frame to frame; what it gives must not depend on which parts there are. The workers need
this package.
"""

from functools import partial

import pandas as pd
import pyarrow as pa

from hemoflow.asof.asking import Work
from hemoflow.asof.spark import SparkEngine, ddl, on_batches, on_table, running_spark
from hemoflow.schemas.frames import conform, from_arrow, to_arrow
from hemoflow.schemas.table import Layout


def by_rows(frame: pd.DataFrame, work: Work, layout: Layout, *, engine: str, threads: int = 1) -> pd.DataFrame:
    """What work gives for rows that do not look at one another; on Spark each worker takes some of them.

    Args:
        frame: The rows.
        work: From some of the rows to rows of the layout.
        layout: What it gives.
        engine: ``duckdb`` or ``spark``.
        threads: Threads where Spark's own configuration names no master.
    """
    if engine != SparkEngine.name or frame.empty:
        return work(frame)
    session = running_spark(threads)
    rows = session.createDataFrame(to_arrow(frame)).repartition(session.sparkContext.defaultParallelism)
    return conform(from_arrow(rows.mapInArrow(partial(on_batches, work), ddl(layout)).toArrow()), layout)


def by_group(
    frame: pd.DataFrame, group: str, work: Work, layout: Layout, *, engine: str, threads: int = 1
) -> pd.DataFrame:
    """What work gives for each group of rows, put together and sorted by the layout's key.

    Args:
        frame: The rows.
        group: The column that tells groups apart, for example a site or a blood group.
        work: From the rows of one group to rows of the layout.
        layout: What it gives.
        engine: ``duckdb`` or ``spark``.
        threads: Threads where Spark's own configuration names no master.
    """
    if engine != SparkEngine.name or frame.empty:
        found = [work(rows.reset_index(drop=True)) for _, rows in frame.groupby(group, dropna=False)]
        return conform(pd.concat(found), layout) if found else work(frame)

    def _of_group(rows: pa.Table) -> pa.Table:  # Spark reads its kind from these words
        return on_table(work, rows)

    groups = running_spark(threads).createDataFrame(to_arrow(frame)).groupBy(group)
    return conform(from_arrow(groups.applyInArrow(_of_group, ddl(layout)).toArrow()), layout)
