"""Apache Spark over the same Parquet files: the engine for data that outgrow one machine.

pyspark is imported only when this engine is asked for. Where the session runs is Spark's own configuration
(``spark-submit``, ``spark-defaults.conf``); without any it is this machine, with Spark's own 1 GB of memory.
"""

import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa

from hemoflow.asof.asking import Engine, Work, question_text
from hemoflow.domain.errors import InputError, UsageError
from hemoflow.schemas.frames import empty, from_arrow, to_arrow
from hemoflow.schemas.table import Layout
from hemoflow.schemas.watching import MENTIONS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_REMEDY = "Install Java 17 and `pip install 'hemoflow[spark]'`, or set HEMOFLOW_ENGINE=duckdb."
ALL_CORES = "local[*]"
"""Spark's own word for this machine where nobody names a master; our setting of threads takes its place."""
_DEFAULTS = {
    "spark.ui.enabled": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.adaptive.enabled": "true",
}
"""What we set where the site's Spark configuration does not."""
_INPUTS = {
    "points": pa.schema({"patient_id": pa.string(), "cut_at": pa.timestamp("us", tz="UTC")}),
    "cuts": pa.schema({"cut_at": pa.timestamp("us", tz="UTC")}),
    "wanted": pa.schema({"table_name": pa.string()}),
    MENTIONS.name: to_arrow(empty(MENTIONS)).schema,
}


@dataclass(frozen=True)
class SparkEngine(Engine):
    """A Spark session of its own that knows its cut.

    Attributes:
        session: Session with one temporary view for each canonical table.
    """

    session: "SparkSession"

    name: ClassVar[str] = "spark"
    instant_type: ClassVar[str] = "TIMESTAMP"
    text_type: ClassVar[str] = "STRING"

    def query(self, text: str, values: Mapping[str, object] | None = None) -> pd.DataFrame:
        """See :meth:`Engine.query`."""
        return from_arrow(self.frame(text, values).toArrow())

    def frame(self, text: str, values: Mapping[str, object] | None = None) -> "DataFrame":
        """See :meth:`Engine.frame`."""
        return self.session.sql(text, args=dict(values or {}))

    def put(self, name: str, frame: pd.DataFrame) -> None:
        """See :meth:`Engine.put`."""
        kinds = _INPUTS[name]
        given = to_arrow(frame[kinds.names]).cast(kinds)
        self.session.createDataFrame(given).createOrReplaceTempView(name)

    def derive(self, layout: Layout, work: Work, question: str, **values: object) -> None:
        """See :meth:`Engine.derive`."""
        made = self.frame(question_text(question), values).mapInArrow(partial(on_batches, work), ddl(layout))
        self.session.table(layout.name).unpersist()
        made.persist().createOrReplaceTempView(layout.name)  # else every question would read all notes again

    def define(self, name: str, text: str) -> None:
        """See :meth:`Engine.define`."""
        from pyspark.errors import PySparkException

        try:
            self.session.sql(f"CREATE TEMPORARY VIEW {name} AS {text}")
        except PySparkException as error:
            raise InputError(
                f"The files of '{name}' cannot be read: {str(error).splitlines()[0]}",
                remedy="Load the source again with `hemoflow ingest`.",
            ) from error

    def row_digest(self, layout: Layout) -> str:  # noqa: ARG002
        """See :meth:`Engine.row_digest`."""
        return "CAST(conv(left(md5(to_json(struct(t.*))), 15), 16, 10) AS DECIMAL(38, 0))"

    def scan(self, name: str, files: list[str]) -> str:
        """See :meth:`Engine.scan`."""
        from pyspark.errors import PySparkException

        view = f"{name}_{hashlib.sha256(' '.join(files).encode()).hexdigest()[:12]}"
        if self.session.catalog.tableExists(view):
            return view
        try:
            read = self.session.read.option("mergeSchema", "true").parquet(*files)
            read.selectExpr("*", "_metadata.file_name AS file_at").createOrReplaceTempView(view)
        except PySparkException as error:
            raise InputError(
                f"The files of '{name}' cannot be read: {str(error).splitlines()[0]}",
                remedy="Load the source again with `hemoflow ingest`.",
            ) from error
        return view


@contextmanager
def open_spark(cut_at: datetime, zone: ZoneInfo, threads: int) -> Iterator[SparkEngine]:
    """A Spark session of our own in the running application, which is started where none runs.

    Raises:
        UsageError: pyspark or Java is missing.
    """
    session = running_spark(threads).newSession()
    session.conf.set("spark.sql.session.timeZone", zone.key)
    engine = SparkEngine(cut_at, zone, session)
    for name, kinds in _INPUTS.items():
        engine.put(name, kinds.empty_table().to_pandas())
    cut = pa.table({"cut_at": pa.array([cut_at], pa.timestamp("us", tz="UTC")), "cut_on": pa.array([engine.cut_on])})
    session.createDataFrame(cut).createTempView("cut")
    try:
        yield engine
    finally:
        session.table(MENTIONS.name).unpersist()


def ddl(layout: Layout) -> str:
    """The columns of a layout as Spark writes them."""
    return ", ".join(f"`{name}` {kind}" for name, kind in SparkEngine.kinds(layout).items())


def on_table(work: Work, rows: pa.Table) -> pa.Table:
    """Work on frames as work on tables of Arrow."""
    return to_arrow(work(from_arrow(rows)))


def on_batches(work: Work, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Work on frames as work on a stream of batches of Arrow."""
    for batch in batches:
        yield from on_table(work, pa.Table.from_batches([batch])).to_batches()


def running_spark(threads: int = 1) -> "SparkSession":
    """The Spark application of this process; started on first use.

    Args:
        threads: Threads where Spark's own configuration names no master.

    Raises:
        UsageError: pyspark or Java is missing.
    """
    try:
        from pyspark import SparkConf, SparkContext
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise UsageError("The engine 'spark' needs pyspark, which is not installed.", remedy=_REMEDY) from error
    try:
        # The Java side reads the site's own configuration, so it has to run before we fill what that leaves open.
        SparkContext._ensure_initialized()  # noqa: SLF001
        settings = SparkConf()
    except (PySparkException, OSError) as error:
        raise UsageError("Spark does not start: Java 17 is missing or fails.", remedy=_REMEDY) from error
    if settings.get("spark.master", ALL_CORES) == ALL_CORES:
        settings.setMaster(f"local[{threads}]")
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # the workers' Python, for which there is no setting
    settings.setIfMissing("spark.sql.shuffle.partitions", str(max(4, 2 * threads)))
    for name, value in _DEFAULTS.items():
        settings.setIfMissing(name, value)
    settings.set("spark.ui.showConsoleProgress", "false")  # it takes us for its shell; our commands show their own
    session = SparkSession.builder.config(conf=settings).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session
