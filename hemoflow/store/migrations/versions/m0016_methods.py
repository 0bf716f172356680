"""Which method forecasts the region's demand and donations, beside those it was better than."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "demand_methods",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("run_id", "subject", "method")),
        sa.Column("scaled_error", sa.Double(), nullable=True),
        sa.Column("is_selected", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("compared_days", "history_days")),
        sa.PrimaryKeyConstraint("run_id", "subject", "method", name="pk_demand_methods"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_demand_methods_runs"),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("demand_methods")
