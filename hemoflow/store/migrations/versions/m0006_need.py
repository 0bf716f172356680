"""More of what was known of a patient, and the units of 28 days with their limits."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

MAY_LACK = {
    "need_features": """
        reticulocytes_percent interval_before_days recent_interval_days interval_variation last_visit_units
        mean_visit_units visit_rate_28d_units haemoglobin_168d_first_g_per_dl haemoglobin_168d_first_age_hours
        response_g_per_dl_per_unit
    """,
    "need": "expected_28d_units low_28d_units high_28d_units",
}
NEVER_LACKS = """
    transfused_between_units transfused_since_haemoglobin_units had_cancer had_renal_failure had_gi_bleed had_anaemia
    procedures_planned_7d
"""


def upgrade() -> None:
    """Add the columns; rows of before say nothing about the new ones, counts among them are zero."""
    for name, columns in MAY_LACK.items():
        for column in columns.split():
            op.add_column(name, sa.Column(column, sa.Double(), nullable=True))
    with op.batch_alter_table("need_features") as table:
        for column in NEVER_LACKS.split():
            table.add_column(sa.Column(column, sa.Double(), nullable=False, server_default="0"))
    with op.batch_alter_table("need_features") as table:
        for column in NEVER_LACKS.split():
            table.alter_column(column, server_default=None)


def downgrade() -> None:
    """Remove them."""
    with op.batch_alter_table("need_features") as table:
        for column in NEVER_LACKS.split():
            table.drop_column(column)
    for name, columns in MAY_LACK.items():
        with op.batch_alter_table(name) as table:
            for column in columns.split():
                table.drop_column(column)
