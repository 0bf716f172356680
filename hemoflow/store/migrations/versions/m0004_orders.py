"""The order list: lead time, and why the plan takes units from outside."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns; orders of before were for the next day and say nothing more."""
    with op.batch_alter_table("orders") as table:
        table.add_column(sa.Column("lead_days", sa.BigInteger(), nullable=False, server_default="1"))
        table.add_column(sa.Column("explanation", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("orders") as table:
        table.alter_column("lead_days", server_default=None)
        table.alter_column("explanation", server_default=None)


def downgrade() -> None:
    """Remove them."""
    with op.batch_alter_table("orders") as table:
        table.drop_column("explanation")
        table.drop_column("lead_days")
