"""The SQL tables of people's deeds: the ledger, what-if trials, and who may do what."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, Table, Text

from hemoflow.store.kinds import UtcInstant
from hemoflow.store.tables import METADATA

LEDGER = Table(
    "ledger",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False, index=True),
    Column("by_name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcInstant, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("previous_sha256", Text, nullable=False, unique=True),
    Column("sha256", Text, nullable=False, unique=True),
)
"""Append-only: triggers refuse every change and removal, on both engines."""

WHAT_IFS = Table(
    "what_ifs",
    METADATA,
    Column("what_if_id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("run_id", Text, ForeignKey("runs.run_id"), nullable=False, index=True),
    Column("changes", JSON, nullable=False),
    Column("difference", JSON, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", UtcInstant, nullable=False),
    Column("status", Text, nullable=False),
    Column("adopted_run_id", Text),  # NULL: not adopted
)

USERS = Table(
    "users",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("changed_at", UtcInstant, nullable=False),
)
