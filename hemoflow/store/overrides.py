"""Rows of a draft changed by hand, with a reason: the files stay as computed; the changes lie beside them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from hemoflow.domain.errors import ApprovedPlanError, StateError, UsageError, VerificationError
from hemoflow.domain.overrides import FIELDS, KEYS, Override, Value, order_faults, route_faults, unit_faults
from hemoflow.schemas.frames import empty, plain_records
from hemoflow.schemas.results import RESULTS
from hemoflow.store.engine import Repository
from hemoflow.store.ledger import append, entries
from hemoflow.store.records import RunRecord, RunStatus
from hemoflow.store.runs import require_run
from hemoflow.store.stages import rows_of

Row = dict[str, Any]


class OverrideRepository(Repository):
    """What people changed in drafts."""

    def override(
        self,
        run_id: str,
        table: str,
        key: Mapping[str, Any],
        value: Value,
        *,
        by: str,
        reason: str,
    ) -> Override:
        """Change one row of a draft by hand; approval seals the change together with the plan.

        Args:
            run_id: The run.
            table: ``orders`` (units), ``allocations`` (unit_id, or None to take the unit off) or ``routes``.
            key: What names the row, for example ``{"component": "red_cells", "blood_group": "O-"}``.
            value: The new value.
            by: Who changes it.
            reason: Why; it may not be empty.

        Raises:
            UsageError: The table, the key, the name or the reason does not fit.
            ApprovedPlanError: The run is approved.
            StateError: The run is no draft.
            VerificationError: Safety forbids it, whoever asks.
        """
        if table not in FIELDS:
            raise UsageError(f"{table} cannot be changed by hand.", remedy=f"Use one of: {', '.join(FIELDS)}.")
        if not reason.strip():
            raise UsageError("A change by hand needs a reason.", remedy="Say why.")
        with self._database.writing() as connection:
            run = _require_draft(connection, run_id)
            frame = _rows_near(connection, run_id, table, key, value)
            row = _row(frame, table, key)
            faults = _faults(connection, run, table, row, value, frame)
            if faults:
                raise VerificationError(f"This change is refused: {'; '.join(faults)}.", remedy="Choose another value.")
            detail = {"table": table, "key": _plain(row, KEYS[table]), "before": row[FIELDS[table]], "after": value}
            entry = append(connection, "override", run_id, by, reason, detail)
            return Override(entry.number, **detail, by=entry.by_name, reason=entry.reason)

    def overrides(self, run_id: str) -> list[Override]:
        """The changes made to a run by hand, oldest first."""
        with self._database.reading() as connection:
            return overrides_of(connection, run_id)

    def effective(self, run_id: str, table: str) -> pd.DataFrame:
        """A result with the changes made by hand in it, each told in the row's reason."""
        with self._database.reading() as connection:
            return effective_rows(connection, run_id, table)


def overrides_of(connection: Connection, run_id: str) -> list[Override]:
    """The changes made to a run by hand, oldest first."""
    found = entries(connection, run_id, "override")
    return [Override(entry.number, **entry.detail, by=entry.by_name, reason=entry.reason) for entry in found]


def effective_rows(connection: Connection, run_id: str, table: str) -> pd.DataFrame:
    """A result with the changes made by hand in it."""
    changes = _changes_of(connection, run_id, table)
    return lay_over(rows_of(connection, run_id, table), changes, _units_of(connection, run_id, changes))


def lay_over(rows: pd.DataFrame, changes: Sequence[Override], units: pd.DataFrame) -> pd.DataFrame:
    """Rows of a result with the changes made by hand in them, each told in the row's reason.

    Args:
        rows: Any rows of the result; they are left as they are.
        changes: Changes of that result, oldest first.
        units: Frame STOCK, at least the units that the changes name.
    """
    laid = rows.copy()
    for change in changes:
        _apply(laid, change, units)
    return laid


def _apply(frame: pd.DataFrame, change: Override, units: pd.DataFrame) -> None:
    where = _matches(frame, change.key)
    frame.loc[where, change.field] = pd.NA if change.after is None else change.after
    frame.loc[where, "reason"] = change.words
    if change.table == "allocations":
        unit = units[units["unit_id"] == change.after]
        for column, source in (("unit_blood_group", "blood_group"), ("outdate_on", "outdate_on")):
            frame.loc[where, column] = unit[source].iloc[0] if len(unit) else pd.NA
        frame.loc[where, "days_left"] = pd.NA
        frame.loc[where, ["match_class", "status"]] = (
            ["compatible", "sample_needed"] if len(unit) else ["none", "review"]
        )


def _changes_of(connection: Connection, run_id: str, table: str) -> list[Override]:
    return [change for change in overrides_of(connection, run_id) if change.table == table]


def _units_of(connection: Connection, run_id: str, changes: Sequence[Override]) -> pd.DataFrame:
    names = [change.after for change in changes if change.table == "allocations" and change.after is not None]
    return _rows_of_any(connection, run_id, "stock", [{"unit_id": name} for name in names])


def _rows_near(connection: Connection, run_id: str, table: str, key: Mapping[str, Any], value: Value) -> pd.DataFrame:
    """The rows that a change may touch: the one it names, those with the same unit, and those changed before.

    A result may have a row for each of a million patients; the others are not read.
    """
    changes = _changes_of(connection, run_id, table)
    wanted = [_typed_key(table, key), *(change.key for change in changes)]
    wanted += [{"unit_id": value}] if table == "allocations" and value is not None else []
    rows = _rows_of_any(connection, run_id, table, wanted)
    return lay_over(rows, changes, _units_of(connection, run_id, changes))


def _rows_of_any(connection: Connection, run_id: str, table: str, wanted: Sequence[Row]) -> pd.DataFrame:
    found = [rows_of(connection, run_id, table, scope) for scope in wanted]
    if not found:
        return empty(RESULTS[table])
    return pd.concat(found).drop_duplicates(list(RESULTS[table].key), ignore_index=True)


def _typed_key(table: str, key: Mapping[str, Any]) -> Row:
    if set(key) != set(KEYS[table]):
        raise UsageError(f"A row of {table} is named by {', '.join(KEYS[table])}.", remedy="Give exactly these.")
    try:
        return {name: int(key[name]) if name == "line_number" else str(key[name]) for name in KEYS[table]}
    except ValueError as error:
        raise UsageError(f"'{key['line_number']}' is no number of a line.", remedy="See `hemoflow show`.") from error


def _require_draft(connection: Connection, run_id: str) -> RunRecord:
    run = require_run(connection, run_id)
    if run.status is RunStatus.APPROVED:
        raise ApprovedPlanError(f"Run {run_id} is approved and stays as it is.", remedy="Try a what-if and adopt it.")
    if run.status is not RunStatus.DRAFT:
        raise StateError(f"Run {run_id} is {run.status}.", remedy="Only a DRAFT can be changed by hand.")
    return run


def _row(frame: pd.DataFrame, table: str, key: Mapping[str, Any]) -> Row:
    found = frame[_matches(frame, key)]
    if found.empty:
        raise UsageError(f"The run has no such row in {table}.", remedy="See `hemoflow show`.")
    return plain_records(found)[0]


def _matches(frame: pd.DataFrame, key: Mapping[str, Any]) -> "pd.Series[bool]":
    fits = pd.Series(data=True, index=frame.index)
    for name, value in key.items():
        fits &= frame[name].astype(str) == str(value)
    return fits


def _faults(  # noqa: PLR0917 - everything that may speak against a change
    connection: Connection, run: RunRecord, table: str, row: Row, value: Value, frame: pd.DataFrame
) -> list[str]:
    if table == "orders":
        return order_faults(value)
    if table == "routes":
        return route_faults(value, row)
    if value is None:
        return []
    units = plain_records(rows_of(connection, run.run_id, "stock", {"unit_id": value}))
    requests = plain_records(rows_of(connection, run.run_id, "open_requests", {"request_id": row["request_id"]}))
    unit, request = next(iter(units), None), next(iter(requests), None)
    if unit is None or request is None:
        return [f"{value!r} is not in the stock of the run"]
    taken = frame[(frame["unit_id"] == value) & ~_matches(frame, _plain(row, KEYS[table]))]
    return unit_faults(unit, request, run.as_of) + ["another line has it"] * bool(len(taken))


def _plain(row: Row, names: tuple[str, ...]) -> Row:
    return {name: row[name] for name in names}
