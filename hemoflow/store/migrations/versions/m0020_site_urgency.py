"""Demand by site and urgency."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

TABLE = "demand_by_site_urgency"
KEY = ("day_number", "component", "site_id", "blood_group", "urgency")


def upgrade() -> None:
    """Make the table."""
    counts = ("day_number", "urgency", "known_units", "p50_units", "p95_units")
    op.create_table(
        TABLE,
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("run_id", "component", "site_id", "blood_group")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in counts),
        sa.Column("demand_on", sa.Date(), nullable=False),
        sa.Column("expected_units", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", *KEY, name=f"pk_{TABLE}"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=f"fk_{TABLE}_runs"),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table(TABLE)
