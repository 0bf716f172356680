"""Files of the network program: the problem (``hemoflow-network/1``) and the plan (``hemoflow-network-plan/1``).

``docs/how-to/solve-a-problem-file.md`` explains every field.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from hemoflow.domain.errors import PolicyError
from hemoflow.domain.units import Component
from optimization.json_parts import decode, decode_rows, encode, parse_object, refuse
from optimization.network.objectives import CLINICAL, PAPER, expand
from optimization.network.parts import Earlier, External, Link, Lot, Request, Site, StockTarget, Substitution
from optimization.network.plan import Allocation, Delivery, NetworkPlan, Outdate, Shortage, Transfer
from optimization.network.problem import NetworkProblem
from optimization.network.substitution import identical, red_cell_preference

SCHEMA = "hemoflow-network/1"
PLAN_SCHEMA = "hemoflow-network-plan/1"
LISTS: dict[str, type] = {
    "sites": Site,
    "lots": Lot,
    "requests": Request,
    "links": Link,
    "externals": External,
    "targets": StockTarget,
    "earlier": Earlier,
}
ROWS: dict[str, type] = {
    "allocations": Allocation,
    "transfers": Transfer,
    "deliveries": Delivery,
    "outdates": Outdate,
    "shortages": Shortage,
}
MUST = ("name", "horizon_days", "shelf_life_days", "sites", "lots", "requests")
NAMED_LADDERS = {"clinical": CLINICAL, "paper": PAPER}


@dataclass(frozen=True, slots=True)
class NetworkTask:
    """A problem and how it is to be solved.

    Attributes:
        problem: The data.
        ladder: Rungs in the order in which they are kept.
        tolerances: Units by which a rung may be given up for later ones.
    """

    problem: NetworkProblem
    ladder: tuple[str, ...] = CLINICAL
    tolerances: Mapping[str, int] = field(default_factory=dict)


def read_network(text: str, source: str = "the network") -> NetworkTask:
    """Read the schema ``hemoflow-network/1``.

    Args:
        text: What the file holds.
        source: Name of the file in messages.

    Raises:
        InputError: The text is no such file; every problem is in the one message.
    """
    raw, problems = parse_object(text, source), list[str]()
    known = {"schema", "terminal_rule", "substitutions", "ladder", "tolerances", *MUST, *LISTS}
    if raw.get("schema") != SCHEMA:
        problems.append(f"schema is {raw.get('schema')!r}, not {SCHEMA!r}")
    problems += [f"{name} is missing" for name in MUST if name not in raw]
    problems += [f"unknown field {name!r}" for name in raw if name not in known]
    parts: dict[str, Any] = {name: decode_rows(kind, raw.get(name, []), name, problems) for name, kind in LISTS.items()}
    parts["substitutions"] = _pairs(raw.get("substitutions", "preferred"), raw.get("shelf_life_days"), problems)
    lives = _whole_by_name(raw.get("shelf_life_days", {}), "shelf_life_days", problems)
    problems += [
        f"shelf_life_days has {name!r}; known: {', '.join(Component)}" for name in lives if name not in set(Component)
    ]
    scalars: dict[str, Any] = {
        "name": decode(str, raw.get("name", "?"), "name", problems),
        "horizon_days": decode(int, raw.get("horizon_days", 1), "horizon_days", problems),
        "terminal_rule": decode(str, raw.get("terminal_rule", "free"), "terminal_rule", problems),
    }
    ladder, tolerances = _ladder(raw, problems)
    refuse(source, SCHEMA, problems)
    life = {Component(name): days for name, days in lives.items()}
    return NetworkTask(NetworkProblem(shelf_life_days=life, **scalars, **parts), ladder, tolerances)


def write_network(task: NetworkTask) -> str:
    """The problem in the schema ``hemoflow-network/1``; equal problems give equal text."""
    raw = {"schema": SCHEMA} | {entry.name: encode(getattr(task.problem, entry.name)) for entry in fields(task.problem)}
    raw |= {"ladder": list(task.ladder), "tolerances": dict(task.tolerances)}
    return _written(raw)


def read_network_plan(text: str, source: str = "the plan") -> tuple[NetworkPlan, dict[str, int]]:
    """Read the schema ``hemoflow-network-plan/1``: the plan, and the tolerances that its ladder was climbed with.

    Raises:
        InputError: The text is no such file; every problem is in the one message.
    """
    raw, problems = parse_object(text, source), list[str]()
    if raw.get("schema") != PLAN_SCHEMA:
        problems.append(f"schema is {raw.get('schema')!r}, not {PLAN_SCHEMA!r}")
    problems += [f"{name} is missing" for name in ("problem", "integer", "rungs", *ROWS) if name not in raw]
    rows = {name: decode_rows(kind, raw.get(name, []), name, problems) for name, kind in ROWS.items()}
    rungs = raw.get("rungs", {})
    if not isinstance(rungs, dict):
        problems.append(f"rungs is {rungs!r}, not an object")
        rungs = {}
    values = {name: decode(float, value, f"rungs.{name}", problems) for name, value in rungs.items()}
    name = decode(str, raw.get("problem", ""), "problem", problems)
    integer = decode(bool, raw.get("integer", True), "integer", problems)
    tolerances = _whole_by_name(raw.get("tolerances", {}), "tolerances", problems)
    if raw.get("status", "optimal") != "optimal":
        problems.append(f"status is {raw['status']!r}, not 'optimal'")
    refuse(source, PLAN_SCHEMA, problems)
    return NetworkPlan(name, integer, values, **rows), tolerances


def write_network_plan(plan: NetworkPlan, tolerances: Mapping[str, int], seconds: float = 0.0) -> str:
    """The plan in the schema ``hemoflow-network-plan/1``."""
    raw = {"schema": PLAN_SCHEMA, "status": "optimal", "seconds": seconds, "tolerances": dict(tolerances)}
    return _written(raw | {entry.name: encode(getattr(plan, entry.name)) for entry in fields(plan)})


def _written(raw: Mapping[str, Any]) -> str:
    """One line a row of a list, so that a person can read and compare files."""
    lines = []
    for key, value in raw.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            rows = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in value)
            lines.append(f" {json.dumps(key)}: [\n  {rows}\n ]")
        else:
            lines.append(f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _pairs(raw: Any, lives: Any, problems: list[str]) -> tuple[Substitution, ...]:  # noqa: ANN401
    """The pairs of groups: a list of them, or ``identical``, or ``preferred`` (red cells as the policy prefers)."""
    if isinstance(raw, list):
        return decode_rows(Substitution, raw, "substitutions", problems)
    if raw not in ("identical", "preferred"):
        problems.append(f"substitutions is {raw!r}, not a list, 'identical' or 'preferred'")
    components = [Component(name) for name in lives if name in set(Component)] if isinstance(lives, dict) else []
    alike = {component: identical(component) for component in components}
    if raw == "preferred" and Component.RED_CELLS in alike:
        alike[Component.RED_CELLS] = red_cell_preference()
    return tuple(pair for pairs in alike.values() for pair in pairs)


def _ladder(raw: Mapping[str, Any], problems: list[str]) -> tuple[tuple[str, ...], dict[str, int]]:
    given = raw.get("ladder", "clinical")
    if isinstance(given, str) and given in NAMED_LADDERS:
        ladder: tuple[str, ...] = NAMED_LADDERS[given]
    else:
        ladder = decode(tuple[str, ...], given, "ladder", problems) or CLINICAL
    tolerances = _whole_by_name(raw.get("tolerances", {}), "tolerances", problems)
    try:
        expand(ladder, [1])
    except PolicyError as error:
        problems.append(str(error).rstrip("."))
    problems += [f"tolerances has {name!r}, which is not in the ladder" for name in tolerances if name not in ladder]
    return ladder, tolerances


def _whole_by_name(raw: Any, where: str, problems: list[str]) -> dict[str, int]:  # noqa: ANN401
    if not isinstance(raw, dict):
        problems.append(f"{where} is {raw!r}, not an object")
        return {}
    problems += [
        f"{where}.{name} is {value!r}, not a whole number of at least 0"
        for name, value in raw.items()
        if type(value) is not int or value < 0
    ]
    return dict(raw)
