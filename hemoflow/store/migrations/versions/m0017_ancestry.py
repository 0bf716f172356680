"""Ancestry, where a source records it, beside the features of need."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the column; rows of before say nothing about it."""
    op.add_column("need_features", sa.Column("ancestry", sa.Text(), nullable=True))


def downgrade() -> None:
    """Remove it."""
    with op.batch_alter_table("need_features") as table:
        table.drop_column("ancestry")
