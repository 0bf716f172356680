"""The plan of one blood group: what is supplied, bought and outdated on each day, and how it is written to a file."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hemoflow.domain.errors import InputError
from optimization.json_parts import parse_object, refuse
from optimization.problem import Instance

SCHEMA = "hemoflow-plan/1"
DIGITS = 8
"""Decimals kept of a continuous plan: finer ones are the solver's tolerance."""
TOTAL_DIGITS = 6
"""Decimals kept of its totals, in which the rounding of many days adds up."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan; all figures are units, each tuple has T entries, the first for day 1.

    Attributes:
        instance: Name of the instance that it plans.
        integer: Whether all figures are whole.
        external_units: z1, all units from outside.
        range: z2, most less least daily internal supply.
        outdates: z3, units outdated within the horizon.
        internal_by_day: c, units supplied from stock and donations.
        external_by_day: n, units from outside.
        supplied_by_class: y, units supplied to each deadline class.
        outdated_by_day: m, units outdated at the end of the day, first in first out.
        carry_by_day: s, units of later collection days already supplied by the end of the day.
        least_internal: l, the least of c.
        most_internal: h, the most of c.
        status: ``optimal``; nothing else is published.
        seconds: Time the caller measured; 0 unless it did, so that equal data give equal bytes.
    """

    instance: str
    integer: bool
    external_units: float
    range: float
    outdates: float
    internal_by_day: tuple[float, ...]
    external_by_day: tuple[float, ...]
    supplied_by_class: Mapping[int, tuple[float, ...]]
    outdated_by_day: tuple[float, ...]
    carry_by_day: tuple[float, ...]
    least_internal: float
    most_internal: float
    status: str = "optimal"
    seconds: float = 0.0

    def to_json(self) -> str:
        """The plan in the schema ``hemoflow-plan/1``; equal plans give equal text."""
        raw = {"schema": SCHEMA} | {key: getattr(self, field) for key, field in FIELDS.items()}
        raw["y"] = {str(u): self.supplied_by_class[u] for u in sorted(self.supplied_by_class)}
        return json.dumps(raw, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str, source: str = "The plan") -> "Plan":
        """Read the schema ``hemoflow-plan/1``. Whether the plan is any good is the verifier's question.

        Args:
            text: What the file holds.
            source: Name of the file in messages.

        Raises:
            InputError: The text is not such a file; every problem is in the one message.
        """
        raw = parse_object(text, source)
        if raw.get("schema") != SCHEMA:
            raise InputError(f"{source} has the schema {raw.get('schema')!r}.", remedy=f"It must be {SCHEMA!r}.")
        problems = [f"{key} is missing" for key in FIELDS if key not in raw]
        problems += [f"{key} is {raw[key]!r}" for key in FIELDS if key in raw and not _fits(key, raw[key])]
        refuse(source, SCHEMA, problems)
        raw["y"] = {int(u): tuple(units) for u, units in raw["y"].items()}
        return cls(**{field: _frozen(raw[key]) for key, field in FIELDS.items()})


FIELDS = {
    "instance": "instance",
    "integer": "integer",
    "external_units": "external_units",
    "range": "range",
    "outdates": "outdates",
    "c": "internal_by_day",
    "n": "external_by_day",
    "y": "supplied_by_class",
    "m": "outdated_by_day",
    "s": "carry_by_day",
    "l": "least_internal",
    "h": "most_internal",
    "status": "status",
    "seconds": "seconds",
}
"""Key in the file (the paper's symbol) to field."""


def complete(instance: Instance, internal: Sequence[float], external: Sequence[float], *, integer: bool) -> Plan:
    """The plan that follows from what is supplied each day.

    Two choices that the program leaves open are made here: who is served (the earliest deadline first, the shorter
    class first among equals) and which unit is used (the oldest). Both are feasible whenever any choice is.
    """
    internal, external = _clean(internal, integer=integer), _clean(external, integer=integer)
    outdated, carry = _first_in_first_out(instance, internal)
    supply = [ours + theirs for ours, theirs in zip(internal, external, strict=True)]
    return Plan(
        instance=instance.name,
        integer=integer,
        external_units=_tidy(sum(external), TOTAL_DIGITS),
        range=_tidy(max(internal) - min(internal), TOTAL_DIGITS),
        outdates=_tidy(sum(outdated), TOTAL_DIGITS),
        internal_by_day=tuple(internal),
        external_by_day=tuple(external),
        supplied_by_class=_first_due_first(instance, supply),
        outdated_by_day=tuple(outdated),
        carry_by_day=tuple(carry),
        least_internal=min(internal),
        most_internal=max(internal),
    )


def _first_in_first_out(instance: Instance, internal: Sequence[float]) -> tuple[list[float], list[float]]:
    """Outdated m and carry s, component-wise smallest, from cumulative supply C, outdates M and receipts R."""
    outdated: list[float] = []
    carry: list[float] = []
    for t in instance.days:
        ended = instance.received(2 - instance.shelf_life_days, t - instance.shelf_life_days + 1)
        used, gone = sum(internal[:t]), sum(outdated)
        outdated.append(_tidy(max(0, ended - used - gone)))
        carry.append(_tidy(used + gone + outdated[-1] - ended))
    return outdated, carry


def _first_due_first(instance: Instance, supply: Sequence[float]) -> dict[int, tuple[float, ...]]:
    open_units: dict[tuple[int, int], float] = {}
    supplied: dict[int, list[float]] = {u: [0] * instance.horizon_days for u in instance.urgency_deadlines_days}
    for t in instance.days:
        for u in instance.urgency_deadlines_days:
            open_units |= {(k + u, u): instance.requested(u, k, k) for k in range(1 - u if t == 1 else t, t + 1)}
        left = supply[t - 1]
        for due, u in sorted(open_units):
            units = min(left, open_units[due, u])
            open_units[due, u] -= units
            supplied[u][t - 1] += units
            left -= units
        open_units = {key: units for key, units in open_units.items() if units > 0}
    return {u: tuple(_tidy(units) for units in row) for u, row in supplied.items()}


def _clean(values: Sequence[float], *, integer: bool) -> list[float]:
    return [round(value) if integer else max(0.0, _tidy(value)) for value in values]


def _tidy(value: float, digits: int = DIGITS) -> float:
    return round(value, digits) + 0  # adding 0 turns -0.0 into 0.0 and leaves whole numbers whole


def _fits(key: str, value: Any) -> bool:  # noqa: ANN401
    if key in {"instance", "status"}:
        return isinstance(value, str)
    if key == "integer":
        return isinstance(value, bool)
    if key == "y":
        return isinstance(value, dict) and all(u.isdecimal() and _are_numbers(row) for u, row in value.items())
    return _are_numbers(value) if key in {"c", "n", "m", "s"} else _is_number(value)


def _are_numbers(values: Any) -> bool:  # noqa: ANN401
    return isinstance(values, list) and all(_is_number(value) for value in values)


def _is_number(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _frozen(value: Any) -> Any:  # noqa: ANN401
    return tuple(value) if isinstance(value, list) else value
