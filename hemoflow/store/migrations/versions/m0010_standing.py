"""How firmly a patient is among those at home, under other weights of the score."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the columns; routes of before do not know."""
    op.add_column("routes", sa.Column("selected_share", sa.Double(), nullable=True))
    op.add_column("routes", sa.Column("standing", sa.Text(), nullable=True))


def downgrade() -> None:
    """Remove them."""
    with op.batch_alter_table("routes") as table:
        table.drop_column("standing")
        table.drop_column("selected_share")
