"""What loads tell of themselves: lateness, columns, drift and notes."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

TABLES: dict[str, tuple[tuple[str, ...], dict[str, sa.types.TypeEngine[Any]]]] = {
    "lateness": (
        ("table_name",),
        {"rows": sa.BigInteger(), "median_hours": sa.Double(), "p95_hours": sa.Double(), "latest_hours": sa.Double()},
    ),
    "source_columns": (("file", "column_name"), {"kind": sa.Text()}),
    "schema_drift": (("file", "column_name"), {"change": sa.Text(), "before": sa.Text(), "now": sa.Text()}),
    "source_notes": (("number",), {"note": sa.Text()}),
}
MAY_LACK = {"before", "now"}


def upgrade() -> None:
    """Make the tables."""
    for name, (key, columns) in TABLES.items():
        keys = [sa.Column(part, sa.BigInteger() if part == "number" else sa.Text(), nullable=False) for part in key]
        op.create_table(
            name,
            sa.Column("fingerprint", sa.Text(), nullable=False),
            sa.Column("source", sa.Text(), nullable=False),
            *keys,
            *(sa.Column(column, kind, nullable=column in MAY_LACK) for column, kind in columns.items()),
            sa.PrimaryKeyConstraint("fingerprint", "source", *key, name=f"pk_{name}"),
            sa.ForeignKeyConstraint(
                ["source", "fingerprint"], ["source_versions.source", "source_versions.fingerprint"],
                name=f"fk_{name}_source_versions",
            ),
        )  # fmt: skip


def downgrade() -> None:
    """Remove them."""
    for name in TABLES:
        op.drop_table(name)
