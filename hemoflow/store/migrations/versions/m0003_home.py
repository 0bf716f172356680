"""Slots of home teams and chairs, ways to choose who is at home, the go/no-go list."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

KINDS: dict[str, sa.types.TypeEngine[Any]] = {
    "text": sa.Text(), "count": sa.BigInteger(), "measure": sa.Double(), "flag": sa.Boolean(), "day": sa.Date(),
}  # fmt: skip
TABLES = {
    "slots": """
        patient_id:text! visit_number:count! place:text site_id:text slot_on:day? earliest_on:day latest_on:day
        preferred_on:day planned_units:count minutes:count
    """,
    "home_rules": """
        rule:text! points:measure home_patients:count home_visits:count nurse_hours:measure
        points_per_nurse_hour:measure? clinic_visits_saved:measure chair_hours_freed:measure travel_hours_saved:measure
        far_share:measure? older_share:measure? female_share:measure?
    """,
    "go_no_go": """
        patient_id:text! visit_number:count! site_id:text visit_on:day blood_group:text? planned_units:count
        assigned_units:count unit_ids:text sample_from_on:day has_valid_sample:flag? is_stable:flag? has_transport:flag?
        is_go:flag lacking:text
    """,
}
COLUMNS = {
    "outpatient_profiles": "last_weekday:count? is_at_home:flag",
    "routes": """
        travel_minutes:measure? has_carer:flag? is_at_home:flag home_visits:count used_minutes:count next_on:day?
    """,
}


def upgrade() -> None:
    """Make the tables; runs from before keep their rows, with nobody at home."""
    for name, words in TABLES.items():
        columns = [_column(word) for word in f"run_id:text! {words}".split()]
        key = [word.partition(":")[0] for word in f"run_id:text! {words}".split() if word.endswith("!")]
        link = sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=f"fk_{name}_runs")
        op.create_table(name, *columns, sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"), link)
    for name, words in COLUMNS.items():
        for word in words.split():
            op.add_column(name, _column(word, default=sa.text("false" if ":flag" in word else "0")))


def downgrade() -> None:
    """Remove the tables and columns."""
    for name, words in COLUMNS.items():
        for word in words.split():
            op.drop_column(name, word.partition(":")[0])
    for name in TABLES:
        op.drop_table(name)


def _column(word: str, default: sa.TextClause | None = None) -> sa.Column[object]:
    name, _, kind = word.partition(":")
    may_lack = kind.endswith("?")
    return sa.Column(name, KINDS[kind.strip("!?")], nullable=may_lack, server_default=None if may_lack else default)
