"""What the notes known at the cut say of a patient."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "note_findings",
        sa.Column("run_id", sa.Text(), sa.ForeignKey("runs.run_id", name="fk_note_findings_runs"), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("concept", sa.Text(), nullable=False),
        sa.Column("assertion", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note_id", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("asks_review", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "patient_id", "concept", "assertion", name="pk_note_findings"),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("note_findings")
