"""The ledger of people's deeds, what-if trials, and users."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INSTANT = sa.DateTime(timezone=True)
REFUSAL = "the ledger is append-only"
SQLITE = "CREATE TRIGGER ledger_keeps_{verb} BEFORE {verb} ON ledger BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
BODY = f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
CHANGE = "BEFORE UPDATE OR DELETE ON ledger FOR EACH ROW"
POSTGRESQL = (
    f"CREATE FUNCTION hemoflow_append_only() RETURNS trigger LANGUAGE plpgsql AS {BODY}",
    f"CREATE TRIGGER ledger_keeps {CHANGE} EXECUTE FUNCTION hemoflow_append_only()",
)


def upgrade() -> None:
    """Make the tables; let nobody change what the ledger says."""
    op.create_table(
        "ledger",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "subject", "by_name", "reason")),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("previous_sha256", "sha256")),
        *(sa.UniqueConstraint(name, name=f"uq_ledger_{name}") for name in ("previous_sha256", "sha256")),
    )
    op.create_index("ix_ledger_subject", "ledger", ["subject"])
    op.create_table(
        "what_ifs",
        sa.Column("what_if_id", sa.Text(), primary_key=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Text(), sa.ForeignKey("runs.run_id", name="fk_what_ifs_runs"), nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("changes", "difference")),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("adopted_run_id", sa.Text(), nullable=True),
        sa.UniqueConstraint("number", name="uq_what_ifs_number"),
    )
    op.create_index("ix_what_ifs_run_id", "what_ifs", ["run_id"])
    op.create_table(
        "users",
        sa.Column("name", sa.Text(), primary_key=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("role", "password_hash")),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
    )
    for statement in _guards():
        op.execute(statement)


def downgrade() -> None:
    """Remove the tables, the guards with them."""
    for name in ("users", "what_ifs", "ledger"):
        op.drop_table(name)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION hemoflow_append_only()")


def _guards() -> tuple[str, ...]:
    if op.get_bind().dialect.name == "postgresql":
        return POSTGRESQL
    return tuple(SQLITE.format(verb=verb, refusal=REFUSAL) for verb in ("UPDATE", "DELETE"))
