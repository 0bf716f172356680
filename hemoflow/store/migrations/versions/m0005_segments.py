"""Kept segments: what rules say of a patient, limits of shares, segments with all their rules."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

KINDS: dict[str, sa.types.TypeEngine[Any]] = {
    "text": sa.Text(), "count": sa.BigInteger(), "measure": sa.Double(), "flag": sa.Boolean(),
}  # fmt: skip
TABLES = {
    "segment_descriptions": """
        run_id:text! segment:count! words:text patients:count precision_share:measure? precision_low_share:measure?
        precision_high_share:measure? recall_share:measure? recall_low_share:measure? recall_high_share:measure?
        jaccard_share:measure? meets_aims:flag
    """,
}
COLUMNS = {
    "segments": "cluster_segment:count rule_segment:count placed_by:text",
    "segment_candidates": "concord_share:measure",
    "segment_rules": """
        precision_low_share:measure precision_high_share:measure recall_low_share:measure recall_high_share:measure
    """,
}


def upgrade() -> None:
    """Make the tables and columns; older runs have nothing in the new columns."""
    for name, words in TABLES.items():
        key = [word.partition(":")[0] for word in words.split() if word.endswith("!")]
        link = sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=f"fk_{name}_runs")
        op.create_table(name, *map(_column, words.split()), sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"), link)
    for name, words in COLUMNS.items():
        for word in words.split():
            op.add_column(name, _column(f"{word}?"))


def downgrade() -> None:
    """Remove them."""
    for name, words in COLUMNS.items():
        for word in words.split():
            op.drop_column(name, word.partition(":")[0])
    for name in TABLES:
        op.drop_table(name)


def _column(word: str) -> sa.Column[object]:
    name, _, kind = word.partition(":")
    return sa.Column(name, KINDS[kind.strip("!?")], nullable=kind.endswith("?"))
