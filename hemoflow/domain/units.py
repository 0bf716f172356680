"""Units of blood and the events of their ledger."""

from datetime import date, timedelta
from enum import StrEnum


class Component(StrEnum):
    """What a unit holds."""

    RED_CELLS = "red_cells"
    PLATELETS = "platelets"
    PLASMA = "plasma"


class UnitEvent(StrEnum):
    """What can happen to a unit. The ledger is append-only; the last event gives the state."""

    RECEIVED = "received"
    RESERVED = "reserved"
    RELEASED = "released"
    ISSUED = "issued"
    TRANSFUSED = "transfused"
    RETURNED = "returned"
    OUTDATED = "outdated"
    DISCARDED = "discarded"


USABLE_AFTER = frozenset({UnitEvent.RECEIVED, UnitEvent.RELEASED})
"""Events after which a unit may be assigned. A returned unit is in quarantine until a person releases it."""


def last_usable_day(collected_on: date, shelf_life_days: int) -> date:
    """The last day on which a unit may be transfused: collection day is the first of its life (formulation A)."""
    return collected_on + timedelta(days=shelf_life_days - 1)
