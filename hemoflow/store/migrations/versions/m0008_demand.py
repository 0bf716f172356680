"""Demand by site with quantiles, and the fan of days of stock."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

SITE_UNITS = ("expected_units", "p50_units", "p95_units")
FAN_DAYS = ("p10_days", "p50_days", "p90_days")


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "demand_by_site",
        *_key("demand_by_site", "site_id"),
        sa.Column("demand_on", sa.Date(), nullable=False),
        sa.Column("known_units", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Double() if name == "expected_units" else sa.BigInteger(), nullable=False)
          for name in SITE_UNITS),
    )  # fmt: skip
    op.create_table(
        "stock_fan",
        *_key("stock_fan"),
        sa.Column("fan_on", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=True) for name in FAN_DAYS),
        sa.Column("alert_days", sa.Double(), nullable=False),
        sa.Column("is_below_alert", sa.Boolean(), nullable=False),
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("stock_fan")
    op.drop_table("demand_by_site")


def _key(table: str, *further: str) -> list[Any]:
    texts = ["component", *further, "blood_group"]
    return [
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("day_number", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.PrimaryKeyConstraint("run_id", "day_number", *texts, name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=f"fk_{table}_runs"),
    ]
