"""The haemoglobin estimated for the cut, on need and worklist."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

TABLES, COLUMN = ("need", "worklist"), "estimated_haemoglobin_g_per_dl"


def upgrade() -> None:
    """Add the column; rows of before say nothing about it."""
    for name in TABLES:
        op.add_column(name, sa.Column(COLUMN, sa.Double(), nullable=True))


def downgrade() -> None:
    """Remove it."""
    for name in TABLES:
        with op.batch_alter_table(name) as table:
            table.drop_column(COLUMN)
