"""The SQL tables of privacy: whom nobody may bring back, and the vault of direct identifiers."""

from sqlalchemy import Column, Table, Text

from hemoflow.store.kinds import UtcInstant
from hemoflow.store.tables import METADATA

TOMBSTONES = Table(
    "tombstones",
    METADATA,
    Column("mark", Text, primary_key=True),
    Column("forgotten_at", UtcInstant, nullable=False),
)
"""A keyed hash of each forgotten pseudonym: it tells a later load whom to leave out, and nobody who that was."""

VAULT = Table(
    "vault",
    METADATA,
    Column("patient_id", Text, primary_key=True),
    Column("key_id", Text, nullable=False),
    Column("sealed", nullable=False),
)
"""Name and hospital number of a patient, encrypted; empty unless a site switched the vault on."""
