"""Changes that a person makes to a draft by hand: what may be changed, and what safety forbids whoever asks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from hemoflow.domain.blood_groups import BloodGroup, emergency_groups, is_compatible
from hemoflow.domain.requests import Route

FIELDS = {"orders": "order_units", "allocations": "unit_id", "routes": "route"}
"""The results that a person may change, and the one field of each."""

KEYS = {"orders": ("component", "blood_group"), "allocations": ("request_id", "line_number"), "routes": ("patient_id",)}
"""What names a row of each."""

Row = Mapping[str, Any]
Value = int | str | None
"""What a person may set: a number of units, a unit or a route by name, or nothing."""


@dataclass(frozen=True, slots=True)
class Override:
    """One row of a draft, changed by hand.

    Attributes:
        number: Its number in the ledger.
        table: ``orders``, ``allocations`` or ``routes``.
        key: What names the row.
        before: The value that it had.
        after: The value that the person set; None takes a unit off the line.
        by: Who.
        reason: Why.
    """

    number: int
    table: str
    key: dict[str, Any]
    before: Value
    after: Value
    by: str
    reason: str

    @property
    def field(self) -> str:
        """The field that was changed."""
        return FIELDS[self.table]

    @property
    def words(self) -> str:
        """The change in one sentence for the row's reason."""
        return f"Changed by {self.by} from {self.before} to {self.after}: {self.reason}"


def order_faults(value: Value) -> list[str]:
    """Why a number of units cannot be ordered; empty when it can."""
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return [] if is_count else [f"{value!r} is not a whole number of units from 0 up"]


def route_faults(value: Value, row: Row) -> list[str]:
    """Why a patient cannot be sent there by hand; empty when nothing speaks against it."""
    if value not in {str(route) for route in Route}:
        return [f"{value!r} is not one of {', '.join(Route)}"]
    gates = {"closed by hard gates": row.get("gates_failed"), "open only once it is known": row.get("gates_unknown")}
    return [f"HOME is {words}: {names}" for words, names in gates.items() if value == Route.HOME and names]


def unit_faults(unit: Row, request: Row, as_of: date) -> list[str]:
    """Why a unit must not go to a request, whoever asks; empty when it may.

    Args:
        unit: Row of the layout STOCK.
        request: Row of the layout OPEN_REQUESTS.
        as_of: Day on which it would be transfused.
    """
    return list(_unit_faults(unit, request, as_of))


def _unit_faults(unit: Row, request: Row, as_of: date) -> Iterator[str]:
    if unit["component"] != request["component"]:
        yield f"it is {unit['component']}, the request is for {request['component']}"
    if unit["outdate_on"].date() < as_of:
        yield f"it is past its last day, {unit['outdate_on'].date()}"
    if unit["state"] == "quarantine":
        yield "it is in quarantine"
    if unit["state"] == "reserved" and unit["reserved_request_id"] != request["request_id"]:
        yield "it is reserved for another request"
    donor = BloodGroup(unit["blood_group"])
    if donor not in _allowed(request):
        yield f"its group {donor} is not compatible with the patient's ({_group(request) or 'unknown'})"
    if request["needs_irradiated"] is not False and not unit["is_irradiated"]:
        yield "it is not irradiated, and nothing says that it need not be"


def _allowed(request: Row) -> tuple[BloodGroup, ...]:
    group = _group(request)
    if group is None or request["is_emergency_rule"]:
        age = request["age_years"]
        return emergency_groups(request["sex"], None if age is None else int(age))
    return tuple(donor for donor in BloodGroup if is_compatible(donor, group))


def _group(request: Row) -> BloodGroup | None:
    return BloodGroup(request["patient_blood_group"]) if request["patient_blood_group"] else None
