"""Safety invariants of proposed units, judged from the frames alone, by a table of groups of its own.

Compatibility is written out here as published (Lifeblood, component compatibility) instead of being derived from
antigens as the picker does: two roads to the same answer.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pandas as pd

RED_CELLS_FOR = {
    "O-": "O-",
    "O+": "O- O+",
    "A-": "O- A-",
    "A+": "O- O+ A- A+",
    "B-": "O- B-",
    "B+": "O- O+ B- B+",
    "AB-": "O- A- B- AB-",
    "AB+": "O- O+ A- A+ B- B+ AB- AB+",
}
"""Groups whose red cells a patient of each group may be given."""
OLDER_THAN = {"M": 18, "F": 50}
"""Unknown group: O RhD-positive only for those known to be older than this, in years; unknown sex counts as F."""

Row = dict[str, Any]


def unit_violations(
    allocations: pd.DataFrame, stock: pd.DataFrame, open_requests: pd.DataFrame, as_of: date
) -> list[str]:
    """Every safety invariant that the allocation list breaks, in words; empty means accepted.

    Args:
        allocations: Lines in the layout ALLOCATIONS.
        stock: Units in the layout STOCK.
        open_requests: Requests in the layout OPEN_REQUESTS.
        as_of: Day on which the proposed units are to be transfused.
    """
    units = {row["unit_id"]: row for row in _rows(stock)}
    requests = {row["request_id"]: row for row in _rows(open_requests)}
    lines = _rows(allocations)
    found = [words for line in lines for words in _line(line, units, requests, as_of)]
    found += _twice([line["unit_id"] for line in lines if _is_known(line["unit_id"])])
    for request_id, request in requests.items():
        given = sum(line["request_id"] == request_id for line in lines)
        if request["urgency"] == 0 and given < request["open_units"]:
            found.append(f"very urgent request {request_id} has {given} lines for {request['open_units']} units")
        if given > request["open_units"]:
            found.append(f"request {request_id} has {given} lines for {request['open_units']} units")
    return found


def _line(line: Row, units: dict[str, Row], requests: dict[str, Row], as_of: date) -> Iterator[str]:
    where = f"request {line['request_id']}, line {line['line_number']}"
    request = requests.get(line["request_id"])
    if request is None:
        yield f"{where}: there is no such open request"
        return
    if not str(line["reason"]).strip():
        yield f"{where}: no reason is given"
    has_unit = _is_known(line["unit_id"])
    if has_unit != (line["status"] == "sample_needed") or has_unit == (line["match_class"] in {"external", "none"}):
        words = "with" if has_unit else "without"
        yield f"{where}: status {line['status']}, class {line['match_class']} on a line {words} a unit"
    offered = [line[name] for name in ("unit_id", "alternative_1", "alternative_2") if _is_known(line[name])]
    for unit_id in offered:
        unit = units.get(unit_id)
        problems = ["is not in stock"] if unit is None else _unit(unit, request, as_of)
        yield from (f"{where}: unit {unit_id} {words}" for words in problems)
    if has_unit and line["unit_id"] in units:
        yield from (f"{where}: {words}" for words in _match(line, units[line["unit_id"]], request, as_of))


def _unit(unit: Row, request: Row, as_of: date) -> Iterator[str]:
    if unit["component"] != request["component"]:
        yield f"is {unit['component']}, the request is for {request['component']}"
    if unit["outdate_on"].date() < as_of:
        yield f"is past its last day, {unit['outdate_on'].date()}"
    if unit["state"] == "quarantine":
        yield "is in quarantine"
    if unit["state"] == "reserved" and str(unit["reserved_request_id"]) != request["request_id"]:
        yield "is reserved for another request"
    allowed = _allowed(request)
    if unit["blood_group"] not in allowed:
        yield f"is {unit['blood_group']}; allowed: {', '.join(allowed)}"
    if not (_is_known(request["needs_irradiated"]) and not request["needs_irradiated"]) and not unit["is_irradiated"]:
        yield "is not irradiated, and nothing says that it need not be"
    if not _is_known(request["antibodies"]) or request["antibodies"] != "":
        yield "carries no antigen record, and the patient is not known to be free of red-cell antibodies"


def _allowed(request: Row) -> list[str]:
    group = request["patient_blood_group"]
    if _is_known(group) and not request["is_emergency_rule"]:
        return RED_CELLS_FOR[group].split()
    limit = OLDER_THAN["M"] if _is_known(request["sex"]) and request["sex"] == "M" else OLDER_THAN["F"]
    is_older = _is_known(request["age_years"]) and int(request["age_years"]) > limit
    return ["O-", "O+"] if is_older else ["O-"]


def _match(line: Row, unit: Row, request: Row, as_of: date) -> Iterator[str]:
    group, own = unit["blood_group"], request["patient_blood_group"]
    if line["unit_blood_group"] != group or line["outdate_on"] != unit["outdate_on"]:
        yield "group or last day of the unit differ from the stock"
    if (unit["state"] == "reserved") != (line["match_class"] == "reserved"):
        yield f"class {line['match_class']} for a unit that is {unit['state']}"
    if line["match_class"] == "identical" and (not _is_known(own) or group != own):
        yield f"class identical for a unit of {group}"
    if line["match_class"] == "compatible":
        if request["urgency"] != 0 and request["due_on"].date() > as_of:
            yield "another group for a request that can wait"
        if group == "O-" and own not in {"O-", "O+"} and request["urgency"] != 0:
            yield "O- given outside group O to a request that is not very urgent"


def _twice(unit_ids: list[str]) -> list[str]:
    return [f"unit {unit_id} is proposed twice" for unit_id in sorted({u for u in unit_ids if unit_ids.count(u) > 1})]


def _rows(frame: pd.DataFrame) -> list[Row]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _is_known(value: Any) -> bool:  # noqa: ANN401
    return not pd.isna(value)
