"""The stock of the replay: units by group, the one that outdates first in front."""

from bisect import bisect_left, insort
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.units import USABLE_AFTER, UnitEvent

IRRADIATED_SPARE_DAYS = 3
"""An irradiated unit this near its last day is no longer kept for those who need one (assumption)."""

IN_HOUSE_AFTER = USABLE_AFTER | {UnitEvent.RETURNED}
"""Events after which a unit can outdate with us; a reserved one is used by its last day."""


@dataclass(slots=True)
class Unit:
    """A unit in the replay; ``state`` is its last event, ``issues`` how often it left."""

    unit_id: str
    group: BloodGroup
    collected_on: date
    outdate_on: date
    is_irradiated: bool
    origin: str
    received_at: datetime
    state: UnitEvent = UnitEvent.RECEIVED
    issues: int = 0


class Shelves:
    """Usable units by group, and every unit by its last day."""

    def __init__(self) -> None:
        self._usable: dict[tuple[BloodGroup, bool], list[tuple[date, str]]] = defaultdict(list)
        self._units: dict[str, Unit] = {}
        self._by_last_day: dict[date, list[str]] = defaultdict(list)

    def put(self, unit: Unit) -> None:
        """Make a unit usable."""
        insort(self._usable[unit.group, unit.is_irradiated], (unit.outdate_on, unit.unit_id))
        if unit.unit_id not in self._units:
            self._units[unit.unit_id] = unit
            self._by_last_day[unit.outdate_on].append(unit.unit_id)

    def take(self, group: BloodGroup, *, irradiated: bool, usable_on: date) -> Unit | None:
        """Take the unit that outdates first and may still be transfused on a day; None when there is none.

        Irradiated units are kept for those who need them until they are near their last day or nothing else is left.
        """
        plain = None if irradiated else self._first(group, usable_on, is_irradiated=False)
        special = self._first(group, usable_on, is_irradiated=True)
        is_spare = special is not None and special[0] <= usable_on + timedelta(days=IRRADIATED_SPARE_DAYS)
        key = special if plain is None or is_spare else plain
        return self._remove(key) if key else None

    def count(self, group: BloodGroup) -> int:
        """Usable units of a group."""
        return len(self._usable[group, False]) + len(self._usable[group, True])

    def outdating(self, last_day: date) -> list[Unit]:
        """Units still in the house whose last day has passed; they are no longer usable."""
        passed = [self._units[unit_id] for unit_id in self._by_last_day.pop(last_day, [])]
        for unit in passed:
            if unit.state in USABLE_AFTER:
                self._remove((unit.outdate_on, unit.unit_id))
        return [unit for unit in passed if unit.state in IN_HOUSE_AFTER]

    def _first(self, group: BloodGroup, usable_on: date, *, is_irradiated: bool) -> tuple[date, str] | None:
        usable = self._usable[group, is_irradiated]
        place = bisect_left(usable, (usable_on, ""))
        return usable[place] if place < len(usable) else None

    def _remove(self, key: tuple[date, str]) -> Unit:
        unit = self._units[key[1]]
        usable = self._usable[unit.group, unit.is_irradiated]
        del usable[bisect_left(usable, key)]
        return unit
