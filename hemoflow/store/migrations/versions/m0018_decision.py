"""Why training promoted a model, or kept it as a candidate."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the column; models of before say nothing about it."""
    op.add_column("models", sa.Column("decision", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Remove it."""
    with op.batch_alter_table("models") as table:
        table.drop_column("decision")
