"""The SQL tables. Those of results are made from the layouts, so that a column has one home: its schema file.

``runs``, ``stages`` and ``stage_files`` say what was computed and which bytes hold it; one table for each result layout
holds the rows, keyed by run and natural key. ``source_versions`` and ``source_files`` do the same for the lake.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Table,
    Text,
)

from hemoflow.schemas.ingest import TOLD
from hemoflow.schemas.published import INGEST_REPORT, QUARANTINE
from hemoflow.schemas.results import RESULTS
from hemoflow.schemas.table import Layout
from hemoflow.store.kinds import UtcInstant, kind_of

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)


def _table_of(layout: Layout, name: str, scope: Column[Any], *links: ForeignKeyConstraint) -> Table:
    return Table(name, METADATA, scope, *_columns_of(layout), *links)


def _columns_of(layout: Layout) -> Iterable[Column[Any]]:
    for name, column in layout.columns.items():
        is_key = name in layout.key
        yield Column(name, kind_of(column).sql, primary_key=is_key, nullable=column.nullable and not is_key)


def _of_run() -> Column[str]:
    return Column("run_id", Text, ForeignKey("runs.run_id"), primary_key=True)


RUNS = Table(
    "runs",
    METADATA,
    Column("run_id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("as_of", Date, nullable=False, index=True),
    Column("policy_name", Text, nullable=False),
    Column("policy_version", Text, nullable=False),
    Column("policy_sha256", Text, nullable=False),
    Column("input_sha256", Text, nullable=False),
    Column("model_id", Text, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("software_version", Text, nullable=False),
    Column("status", Text, nullable=False),
)

STAGES = Table(
    "stages",
    METADATA,
    _of_run(),
    Column("stage", Text, primary_key=True),
    Column("number", Integer, nullable=False),
)

STAGE_FILES = Table(
    "stage_files",
    METADATA,
    Column("run_id", Text, primary_key=True),
    Column("stage", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("path", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("rows", BigInteger),  # NULL: not a frame
    ForeignKeyConstraint(["run_id", "stage"], ["stages.run_id", "stages.stage"]),
)

EXECUTIONS = Table(
    "executions",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("run_id", Text, ForeignKey("runs.run_id"), nullable=False, index=True),
    Column("started_at", UtcInstant, nullable=False),
    Column("finished_at", UtcInstant, nullable=False),
    Column("timings", JSON, nullable=False),
    Column("status", Text, nullable=False),
    Column("flow_run_id", Text, nullable=False, server_default=""),
)

APPROVALS = Table(
    "approvals",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("run_id", Text, ForeignKey("runs.run_id"), nullable=False, unique=True),
    Column("approved_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("approved_at", UtcInstant, nullable=False),
    Column("manifest_sha256", Text, nullable=False),
    Column("previous_sha256", Text, nullable=False, unique=True),
    Column("sha256", Text, nullable=False, unique=True),
)

MODELS = Table(
    "models",
    METADATA,
    Column("model_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("trained_as_of", Date, nullable=False),
    Column("metrics", JSON, nullable=False),
    Column("features", JSON, nullable=False),
    Column("data_hash", Text, nullable=False),
    Column("decision", Text, nullable=False, server_default=""),  # why it was promoted by itself, or was not
    Column("promotion", Integer, unique=True),  # NULL: never promoted; the highest is the latest
)

SOURCE_VERSIONS = Table(
    "source_versions",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("is_active", Boolean, nullable=False),
)


def _of_version() -> Column[str]:
    return Column("fingerprint", Text, primary_key=True)


def _to_version() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["source", "fingerprint"], [SOURCE_VERSIONS.c.source, SOURCE_VERSIONS.c.fingerprint])


SOURCE_FILES = Table(
    "source_files",
    METADATA,
    Column("source", Text, primary_key=True),
    _of_version(),
    Column("table_name", Text, primary_key=True),
    Column("path", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    _to_version(),
)

INGEST_REPORTS = _table_of(INGEST_REPORT, "ingest_report", _of_version(), _to_version())
QUARANTINED = _table_of(QUARANTINE, "quarantine", _of_version(), _to_version())
TOLD_TABLES = {name: _table_of(layout, name, _of_version(), _to_version()) for name, layout in TOLD.items()}
"""What each load told of itself: lateness, columns, drift and notes."""
RESULT_TABLES = {name: _table_of(layout, name, _of_run()) for name, layout in RESULTS.items()}
"""The table of each result layout."""
