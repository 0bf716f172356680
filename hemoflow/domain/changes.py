"""Changes that a what-if tries: what may be changed, and how a person writes it.

``supply.target_days_of_stock=8`` (any policy key), ``stock.O-=-20`` (free units less or more),
``phase.O-=red`` or ``phase=amber`` (as much free stock as that phase has), ``capacity.nurse_minutes=-50%``
(percent, or minutes a day).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.errors import UsageError

PHASES = ("red", "amber", "green")
RESOURCES = ("chair_minutes", "nurse_minutes")
REMEDY = (
    "Examples: supply.target_days_of_stock=8, stock.O-=-20, phase.O-=red, phase=amber, capacity.nurse_minutes=-50%."
)


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different in a trial.

    Attributes:
        policy: Values by policy key, as TOML writes them.
        stock: Free units more (or less) by group.
        phase: Phase by group.
        capacity: Factor of the minutes, or minutes a day, by resource: ``("*", 0.5)`` or ``("=", 480)``.
    """

    policy: tuple[tuple[str, str], ...] = ()
    stock: tuple[tuple[str, int], ...] = ()
    phase: tuple[tuple[str, str], ...] = ()
    capacity: tuple[tuple[str, str, float], ...] = ()

    @property
    def has_data(self) -> bool:
        """Whether anything but the policy is different."""
        return bool(self.stock or self.phase or self.capacity)


def read_changes(words: Sequence[str]) -> Changes:
    """Read changes as a person writes them, ``key=value`` each.

    Raises:
        UsageError: One of them makes no sense.
    """
    parts: dict[str, list[tuple[str, ...]]] = {"policy": [], "stock": [], "phase": [], "capacity": []}
    for text in sorted(words):
        key, found, value = (part.strip() for part in _split(text))
        if not (key and found and value):
            raise UsageError(f"'{text}' changes nothing.", remedy=REMEDY)
        section, _, name = key.partition(".")
        parts[section if section in parts else "policy"].append((key, name, value))
    return Changes(
        policy=tuple((key, value) for key, _, value in parts["policy"]),
        stock=tuple((_group(name), _units(key, value)) for key, name, value in parts["stock"]),
        phase=tuple(pair for _, name, value in parts["phase"] for pair in _phases(name, value)),
        capacity=tuple(_minutes(key, name, value) for key, name, value in parts["capacity"]),
    )


def _split(text: str) -> tuple[str, str, str]:
    key, found, value = text.partition("=")
    return key, found, value


def _group(name: str) -> str:
    if name not in {str(group) for group in BloodGroup}:
        raise UsageError(f"'{name}' is no blood group.", remedy=f"Groups: {', '.join(BloodGroup)}.")
    return name


def _units(key: str, value: str) -> int:
    if not value.lstrip("+-").isdigit():
        raise UsageError(f"{key}={value}: not a number of units.", remedy=REMEDY)
    return int(value)


def _phases(name: str, value: str) -> list[tuple[str, str]]:
    if value not in PHASES:
        raise UsageError(f"'{value}' is no phase.", remedy=f"Phases: {', '.join(PHASES)}.")
    return [(_group(name), value)] if name else [(str(group), value) for group in BloodGroup]


def _minutes(key: str, name: str, value: str) -> tuple[str, str, float]:
    number = value.removesuffix("%").lstrip("+-")
    if name not in RESOURCES or not number.isdigit():
        raise UsageError(f"{key}={value}: not a capacity.", remedy=REMEDY)
    if value.endswith("%"):
        return name, "*", max(0.0, 1 + int(value.removesuffix("%")) / 100)
    return name, "=", float(number)
