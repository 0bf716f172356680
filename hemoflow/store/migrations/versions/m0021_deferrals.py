"""Visits that people deferred, carried into later days, and the crossmatch beside what a home visit needs."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Make the table and add the column; rows of before say nothing about a crossmatch."""
    op.create_table(
        "deferrals",
        sa.Column("run_id", sa.Text(), sa.ForeignKey("runs.run_id", name="fk_deferrals_runs"), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("clinician", sa.Text(), nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "patient_id", name="pk_deferrals"),
    )
    op.add_column("go_no_go", sa.Column("is_crossmatched", sa.Boolean(), nullable=True))


def downgrade() -> None:
    """Remove them."""
    with op.batch_alter_table("go_no_go") as table:
        table.drop_column("is_crossmatched")
    op.drop_table("deferrals")
