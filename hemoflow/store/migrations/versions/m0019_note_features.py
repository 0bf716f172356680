"""What notes say, beside the features of need, and a refusal beside the need."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

FLAGS = (
    "note_active_bleeding_7d", "note_melaena_7d", "note_anaemia_symptoms_7d", "note_chemotherapy_planned_28d",
    "note_transfusion_refused_84d",
)  # fmt: skip
REFUSED = "is_transfusion_refused"


def upgrade() -> None:
    """Add the columns; rows of before say nothing about them."""
    for flag in FLAGS:
        op.add_column("need_features", sa.Column(flag, sa.Double(), nullable=True))
    op.add_column("need", sa.Column(REFUSED, sa.Boolean(), nullable=True))


def downgrade() -> None:
    """Remove them."""
    for name, columns in (("need", (REFUSED,)), ("need_features", FLAGS)):
        with op.batch_alter_table(name) as table:
            for column in columns:
                table.drop_column(column)
