"""The probability of 8 days, the day of the crossing with its window, and units of 28 days on the worklist."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

DAYS = ("below_on", "below_from_on", "below_until_on")
NUMBERS = {
    "need": ("request_8d_probability",),
    "worklist": ("request_8d_probability", "expected_28d_units", "low_28d_units", "high_28d_units"),
}


def upgrade() -> None:
    """Add the columns; rows of before say nothing about them."""
    for name, columns in NUMBERS.items():
        for column in columns:
            op.add_column(name, sa.Column(column, sa.Double(), nullable=True))
        for column in DAYS:
            op.add_column(name, sa.Column(column, sa.Date(), nullable=True))


def downgrade() -> None:
    """Remove them."""
    for name, columns in NUMBERS.items():
        with op.batch_alter_table(name) as table:
            for column in (*columns, *DAYS):
                table.drop_column(column)
