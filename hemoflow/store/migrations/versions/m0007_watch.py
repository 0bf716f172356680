"""How far the patients of a day lie from those that the model learned from."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "drift",
        sa.Column("run_id", sa.Text(), sa.ForeignKey("runs.run_id", name="fk_drift_runs"), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("feature", sa.Text(), nullable=False),
        sa.Column("patients", sa.BigInteger(), nullable=False),
        sa.Column("psi", sa.Double(), nullable=False),
        sa.Column("psi_limit", sa.Double(), nullable=False),
        sa.Column("missing_share", sa.Double(), nullable=False),
        sa.Column("trained_missing_share", sa.Double(), nullable=False),
        sa.Column("is_drifting", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "programme", "feature", name="pk_drift"),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("drift")
