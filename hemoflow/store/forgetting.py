"""What is left of a table or a file once a patient is forgotten: pure rules, no database and no folder.

Rows about the patient go. What others need the row for (a unit's history, a plan that a person approved) stays without
the patient: the identifiers become tokens drawn at random, which nothing leads back from.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hemoflow.schemas.canonical import UNIT_EVENTS
from hemoflow.schemas.need import NEED_FEATURES
from hemoflow.schemas.routing import OUTPATIENT_PROFILES

PATIENT = "patient_id"
REQUEST_COLUMNS = ("request_id", "reserved_request_id")
NEVER_KEPT = (NEED_FEATURES.name, OUTPATIENT_PROFILES.name, "note_findings")
"""Health data that went into a decision and are no part of it: removed from approved runs too."""

SHORTEST_SEARCHED = 5
"""An identifier of fewer letters would be found by chance in any text."""

LINES = (".csv", ".ndjson", ".txt", ".log")


@dataclass(frozen=True)
class Person:
    """Who is forgotten.

    Attributes:
        pseudonyms: The patient's pseudonyms.
        tokens: What takes the place of each identifier: pseudonyms, requests, and the source's own identifier.
        requests: Those identifiers that name requests; they stand alone in columns of their own.
    """

    pseudonyms: tuple[str, ...]
    tokens: Mapping[str, str]
    requests: frozenset[str] = frozenset()

    @cached_property
    def pattern(self) -> "re.Pattern[str]":
        """Finds any of the identifiers as a whole word."""
        return whole_words(self.tokens)

    def scrub(self, text: str) -> str:
        """The text with tokens for identifiers."""
        return self.pattern.sub(lambda found: self.tokens[found.group()], text)

    def scrub_json(self, value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
        """The value with tokens for identifiers, keys included."""
        if isinstance(value, str):
            return self.scrub(value)
        if isinstance(value, dict):
            return {self.scrub_json(key): self.scrub_json(item) for key, item in value.items()}
        return [self.scrub_json(item) for item in value] if isinstance(value, list) else value


def whole_words(identifiers: Iterable[str]) -> "re.Pattern[str]":
    """A pattern that finds any of the identifiers where no letter or digit touches it."""
    words = "|".join(re.escape(word) for word in sorted(identifiers, key=len, reverse=True))
    return re.compile(rf"(?<![0-9A-Za-z_])(?:{words})(?![0-9A-Za-z_])")


def of_lake(name: str, table: pa.Table, person: Person) -> pa.Table | None:
    """A canonical table without the patient; None when the patient is not in it.

    The history of a unit stays, for it must be traceable from donor to end; whom it went to is no longer said.
    """
    if PATIENT not in table.column_names:
        return None
    concerns = _concerns(table, person)
    if not pc.any(concerns).as_py():
        return None
    if name != UNIT_EVENTS.name:
        return table.filter(pc.invert(concerns))
    for column in (PATIENT, "request_id"):
        kept = pc.if_else(concerns, pa.scalar(None, pa.string()), table[column])
        table = table.set_column(table.column_names.index(column), table.schema.field(column), kept)
    return table


def of_results(name: str, table: pa.Table, person: Person, key: Iterable[str], *, is_approved: bool) -> pa.Table | None:
    """A result without the patient; None when nothing of it changes.

    Args:
        name: Its layout.
        table: Its rows.
        person: Who is forgotten.
        key: Columns that the rows are sorted by.
        is_approved: Whether the rows are part of a decision that a person answers for, and stay under a token.
    """
    left = table
    if PATIENT in table.column_names and (not is_approved or name in NEVER_KEPT):
        left = table.filter(pc.invert(pc.is_in(table[PATIENT], pa.array(person.pseudonyms))))
    is_changed = left.num_rows != table.num_rows
    for place, field in enumerate(left.schema):
        if pa.types.is_string(field.type):
            values = left.column(place).to_pylist()
            found = [value if value is None else person.scrub(value) for value in values]
            if found != values:
                left, is_changed = left.set_column(place, field, pa.array(found, field.type)), True
    return left.sort_by([(column, "ascending") for column in key]) if is_changed else None


def of_file(name: str, data: bytes, person: Person, *, is_approved: bool) -> bytes | None:
    """A page or listing without the patient's rows, or with tokens where a decision keeps them; None when unchanged."""
    text = data.decode("utf-8", errors="surrogateescape")
    if not person.pattern.search(text):
        return None
    if not is_approved and name.endswith(LINES):
        text = "".join(line for line in text.splitlines(keepends=True) if not person.pattern.search(line))
    elif not is_approved and name.endswith(".html"):
        text = re.sub(r"<tr\b.*?</tr>", lambda row: _row_or_nothing(row.group(), person), text, flags=re.DOTALL)
    return person.scrub(text).encode("utf-8", errors="surrogateescape")


def _row_or_nothing(row: str, person: Person) -> str:
    return "" if person.pattern.search(row) else row


def _concerns(table: pa.Table, person: Person) -> pa.ChunkedArray:
    """Where a row is about the patient, or about one of the patient's requests."""
    concerns = pc.is_in(table[PATIENT], pa.array(person.pseudonyms))
    if "request_id" in table.column_names:
        concerns = pc.or_(concerns, pc.is_in(table["request_id"], pa.array(list(person.tokens))))
    return concerns
