"""The data of one blood group's supply problem: frozen, and refused whole when anything in it makes no sense.

Day 1 is the run's day; days 0, -1, ... are the past. A unit collected on day k may be supplied on days k to
k + L - 1, L being the shelf life; a request of class u made on day k may be supplied on days k to k + u.
Source: De Angelis, Ricciardi and Storchi, International Transactions in Operational Research (2001).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optimization.json_parts import parse_object, refuse
from optimization.problem_rules import SCHEMA, faults


@dataclass(frozen=True, slots=True)
class Instance:
    """One blood group over one horizon. All numbers are whole units; days that are left out hold none.

    Attributes:
        name: Name of the instance, repeated in its plan.
        horizon_days: T, at least 1.
        shelf_life_days: L, at least 1; the day of collection is the first of a unit's life.
        urgency_deadlines_days: U, the deadline classes in days.
        terminal_rule: ``no_growth``, ``clear`` or ``free``: what may stay open after day T.
        initial_stock: Opening stock by day of collection, -(L - 2) to 0.
        donations: Units collected on days 1 to T.
        demand: New requests by class, then on days 1 to T.
        backlog: Open requests by class, then by the day on which they were made, -(u - 1) to 0.

    Raises:
        InputError: Something makes no sense; every problem is in the one message.
    """

    name: str
    horizon_days: int
    shelf_life_days: int
    urgency_deadlines_days: tuple[int, ...]
    terminal_rule: str
    initial_stock: Mapping[int, int]
    donations: tuple[int, ...]
    demand: Mapping[int, tuple[int, ...]]
    backlog: Mapping[int, Mapping[int, int]]

    def __post_init__(self) -> None:
        """Refuse nonsense, so that whoever holds an instance may rely on it."""
        refuse("The instance", SCHEMA, faults(self._as_raw()))

    @classmethod
    def from_json(cls, text: str, source: str = "The instance") -> "Instance":
        """Read the schema ``hemoflow-supply/1``; also a file that holds it under ``instance`` beside other things.

        Args:
            text: What the file holds.
            source: Name of the file in messages.

        Raises:
            InputError: The text is not such a file; every problem is in the one message.
        """
        raw = parse_object(text, source)
        if "schema" not in raw and isinstance(raw.get("instance"), dict):
            raw = raw["instance"]
        refuse(source, SCHEMA, faults(raw))
        return cls(
            name=raw["name"],
            horizon_days=raw["horizon_days"],
            shelf_life_days=raw["shelf_life_days"],
            urgency_deadlines_days=tuple(sorted(raw["urgency_deadlines_days"])),
            terminal_rule=raw["terminal_rule"],
            initial_stock=_days(raw["initial_stock"]),
            donations=tuple(raw["donations"]),
            demand={int(u): tuple(units) for u, units in raw["demand"].items()},
            backlog={int(u): _days(units) for u, units in raw["backlog"].items()},
        )

    def to_json(self) -> str:
        """The instance in the schema ``hemoflow-supply/1``; equal instances give equal text."""
        return json.dumps(self._as_raw(), indent=1) + "\n"

    def _as_raw(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "name": self.name,
            "horizon_days": self.horizon_days,
            "shelf_life_days": self.shelf_life_days,
            "urgency_deadlines_days": list(self.urgency_deadlines_days),
            "terminal_rule": self.terminal_rule,
            "initial_stock": _keyed(self.initial_stock),
            "donations": list(self.donations),
            "demand": {str(u): list(self.demand[u]) for u in sorted(self.demand)},
            "backlog": {str(u): _keyed(self.backlog[u]) for u in sorted(self.backlog)},
        }

    @property
    def days(self) -> range:
        """Days 1 to T."""
        return range(1, self.horizon_days + 1)

    @property
    def backlog_units(self) -> int:
        """Requests open before day 1."""
        return sum(sum(units.values()) for units in self.backlog.values())

    @property
    def requested_units(self) -> int:
        """All requests: the backlog and the new ones."""
        return self.backlog_units + sum(map(sum, self.demand.values()))

    @property
    def received_units(self) -> int:
        """All units of the system: opening stock and donations."""
        return sum(self.initial_stock.values()) + sum(self.donations)

    def received(self, first: int, last: int) -> int:
        """Units collected on the days ``first`` to ``last`` (the paper's r)."""
        past = sum(units for day, units in self.initial_stock.items() if first <= day <= last)
        return past + sum(self.donations[max(first, 1) - 1 : max(last, 0)])

    def requested(self, u: int, first: int, last: int) -> int:
        """Requests of class ``u`` made on the days ``first`` to ``last`` (the paper's d)."""
        past = sum(units for day, units in self.backlog.get(u, {}).items() if first <= day <= last)
        return past + sum(self.demand[u][max(first, 1) - 1 : max(last, 0)])


def _days(units: Mapping[str, int]) -> dict[int, int]:
    return {int(day): units[day] for day in sorted(units, key=int) if units[day]}


def _keyed(units: Mapping[int, int]) -> dict[str, int]:
    return {str(day): units[day] for day in sorted(units) if units[day]}
