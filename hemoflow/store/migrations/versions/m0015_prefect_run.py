"""Which Prefect run carried out a run of ours, so that its log can be opened from the cockpit."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the column; of what was carried out before, nobody knows."""
    op.add_column("executions", sa.Column("flow_run_id", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Remove it."""
    with op.batch_alter_table("executions") as table:
        table.drop_column("flow_run_id")
