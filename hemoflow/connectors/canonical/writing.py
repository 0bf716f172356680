"""The second stream over a table: its good rows go from the delivered files into one Parquet file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from hemoflow.connectors.canonical.checks import Rule
from hemoflow.connectors.canonical.files import Scan, opened
from hemoflow.domain.errors import InputError
from hemoflow.schemas.table import Layout

IDENTIFIERS = {
    "patient_id": "p", "encounter_id": "enc", "lab_id": "lab", "transfusion_id": "tx", "request_id": "req",
    "unit_id": "unit", "event_id": "ev", "condition_id": "cond", "drug_id": "drug", "procedure_id": "proc",
    "note_id": "note",
}  # fmt: skip
"""Columns that hold an identifier, and the kind of pseudonym that takes its place; sites are no persons."""
MOST_NAMES = 4_000_000
"""An identifier that other rows share is hashed once and looked up, as long as so many fit into memory."""
# HMAC-SHA256 as RFC 2104 writes it, from the hash that DuckDB has: the same names as Python gives, a block at a time.
_PSEUDONYM = """
CREATE MACRO pseudonym(kind, raw) AS CASE WHEN raw IS NOT NULL THEN kind || '_' || left(sha256(
    getvariable('outer_pad') || unhex(sha256(
        getvariable('inner_pad') || encode(kind || chr(31) || 'canonical' || chr(31) || raw)
    ))
), 16) END
"""


@dataclass(frozen=True)
class Writer:
    """A table that writes itself.

    Attributes:
        layout: The table.
        scan: Its files.
        rules: A rule for each column.
        dropped: ``file_at`` and ``row_at`` of rows that stay out although they have no fault.
        pads: The two blocks of the pseudonym key; None leaves made-up identifiers as they are.
        received_at: Arrival of a later delivery, before which nothing of it was known.
    """

    layout: Layout
    scan: Scan
    rules: tuple[Rule, ...]
    dropped: pa.Table
    pads: tuple[bytes, bytes] | None
    received_at: datetime | None = None

    def arrived(self, received_at: datetime) -> "Writer":
        """The same table as a delivery that arrived then."""
        return replace(self, received_at=received_at)

    def __call__(self, path: Path) -> int:
        """Write the good rows to a Parquet file, in the order of the delivered files.

        Returns:
            How many rows were written.

        Raises:
            InputError: A file breaks off in the middle.
        """
        with opened() as connection:
            if self.pads:
                _prepare(connection, self.pads)
            connection.register("dropped", self.dropped)
            shared = self._shared(connection)
            target = str(path).replace("'", "''")
            options = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 122880"
            try:
                rows = connection.execute(f"COPY ({self._query(shared)}) TO '{target}' ({options})").fetchall()[0][0]
            except duckdb.Error as error:
                raise InputError(
                    f"The files of '{self.layout.name}' cannot be read to the end.", remedy="Fetch them again."
                ) from error
        return int(rows)

    def _shared(self, connection: duckdb.DuckDBPyConnection) -> list[Rule]:
        """Columns whose identifiers other rows share, each with a table of pseudonyms made beside it."""
        found = []
        for rule in self.rules:
            if not self.pads or rule.name not in IDENTIFIERS or self.layout.key == (rule.name,):
                continue
            count = f"SELECT approx_count_distinct({rule.value}) FROM ({self.scan.text})"
            if connection.execute(count).fetchall()[0][0] < MOST_NAMES:
                connection.execute(
                    f"CREATE TEMP TABLE names_{rule.name} AS "
                    f"SELECT delivered_id, {_pseudonym(rule.name, 'delivered_id')} AS pseudonym_id "
                    f"FROM (SELECT DISTINCT {rule.value} AS delivered_id FROM ({self.scan.text}))"
                )
                found.append(rule)
        return found

    def _query(self, shared: Sequence[Rule]) -> str:
        looked_up = {rule.name for rule in shared}
        columns = ", ".join(f'{self._value(rule, rule.name in looked_up)} AS "{rule.name}"' for rule in self.rules)
        # Every row meets one name, the missing one too, so that rows keep their order.
        names = "".join(
            f" JOIN names_{rule.name} ON names_{rule.name}.delivered_id IS NOT DISTINCT FROM {rule.value}"
            for rule in shared
        )
        bad = " OR ".join(rule.is_at_fault for rule in self.rules)
        apart = " ANTI JOIN dropped USING (file_at, row_at)" if self.dropped.num_rows else ""
        return f"SELECT {columns} FROM ({self.scan.text}){apart}{names} WHERE NOT ({bad})"

    def _value(self, rule: Rule, is_looked_up: bool) -> str:  # noqa: FBT001
        if is_looked_up:
            return f"names_{rule.name}.pseudonym_id"
        if self.pads and rule.name in IDENTIFIERS:
            return _pseudonym(rule.name, rule.value)
        if self.received_at and rule.name == "available_at":
            return f"greatest({rule.value}, TIMESTAMPTZ '{self.received_at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00')"
        return rule.value


def _pseudonym(column: str, raw: str) -> str:
    return f"pseudonym('{IDENTIFIERS[column]}', {raw})"


def _prepare(connection: duckdb.DuckDBPyConnection, pads: tuple[bytes, bytes]) -> None:
    connection.execute(
        "CREATE TEMP TABLE pads AS SELECT CAST(? AS BLOB) AS inner_pad, CAST(? AS BLOB) AS outer_pad", pads
    )
    for name in ("inner_pad", "outer_pad"):
        connection.execute(f"SET VARIABLE {name} = (SELECT {name} FROM pads)")
    connection.execute(_PSEUDONYM)
    # Rows stream past the tables of names in their order; never the other way round.
    connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
