"""What an instance must satisfy, on its JSON form: each rule adds a sentence for everything that breaks it."""

from collections.abc import Iterable, Mapping
from typing import Any

SCHEMA = "hemoflow-supply/1"
TERMINAL_RULES = ("no_growth", "clear", "free")
MOST_UNITS = 1_000_000
"""Largest entry: beyond it the solver's tolerances could hide a unit."""
FIELDS = (
    "schema",
    "name",
    "horizon_days",
    "shelf_life_days",
    "urgency_deadlines_days",
    "terminal_rule",
    "initial_stock",
    "donations",
    "demand",
    "backlog",
)


def faults(raw: Mapping[str, Any]) -> list[str]:
    """Every problem of an instance in its JSON form, in words; none means that it is sound."""
    problems = [f"{field} is missing" for field in FIELDS if field not in raw]
    problems += [f"unknown field {field!r}" for field in raw if field not in FIELDS]
    rules = (_scalars, _deadlines, _stock, _series, _backlog)
    return problems + [problem for rule in rules for problem in rule(raw)]


def _scalars(raw: Mapping[str, Any]) -> Iterable[str]:
    if raw.get("schema", SCHEMA) != SCHEMA:
        yield f"schema is {raw['schema']!r}, not {SCHEMA!r}"
    if "name" in raw and not (isinstance(raw["name"], str) and raw["name"]):
        yield f"name is {raw['name']!r}, not a text"
    for field in ("horizon_days", "shelf_life_days"):
        if field in raw and not _is_length(raw[field]):
            yield f"{field} is {raw[field]!r}, not a whole number of at least 1"
    if raw.get("terminal_rule", "free") not in TERMINAL_RULES:
        yield f"terminal_rule is {raw['terminal_rule']!r}, not one of {', '.join(TERMINAL_RULES)}"


def _deadlines(raw: Mapping[str, Any]) -> Iterable[str]:
    deadlines = raw.get("urgency_deadlines_days", [0])
    if not isinstance(deadlines, list) or not deadlines or not all(_is_count(u) for u in deadlines):
        yield f"urgency_deadlines_days is {deadlines!r}, not a list of whole numbers of at least 0"
    elif len(set(deadlines)) < len(deadlines):
        yield f"urgency_deadlines_days {deadlines!r} names a class twice"


def _stock(raw: Mapping[str, Any]) -> Iterable[str]:
    life: Any = raw.get("shelf_life_days")
    for day, units in _entries(raw, "initial_stock"):
        where = f"initial_stock[{day!r}]"
        yield from _cell(where, day, units)
        if _is_day(day) and _is_length(life) and _is_count(units) and units:
            if int(day) > 0:
                yield f"{where} is not in the past: put it into donations"
            elif int(day) + life < 2:  # noqa: PLR2004 - its last day k + L - 1 lies before day 1
                yield (
                    f"{where} is no stock: its last day, {int(day) + life - 1}, lies before day 1: "
                    f"leave its {units} units out, or give the day of collection, {2 - life} at the earliest"
                )


def _series(raw: Mapping[str, Any]) -> Iterable[str]:
    yield from _row("donations", raw.get("donations", []), raw)
    classes = _classes(raw)
    for u, units in _entries(raw, "demand"):
        if classes is not None and u not in classes:
            yield f"demand[{u!r}] is not a class of urgency_deadlines_days"
        yield from _row(f"demand[{u!r}]", units, raw)
    given = raw.get("demand", {})
    if classes is not None and isinstance(given, dict):
        yield from (f"demand lacks the class '{u}'" for u in classes if u not in given)


def _backlog(raw: Mapping[str, Any]) -> Iterable[str]:
    classes = _classes(raw)
    for u, days in _entries(raw, "backlog"):
        if classes is not None and u not in classes:
            yield f"backlog[{u!r}] is not a class of urgency_deadlines_days"
        elif not isinstance(days, dict):
            yield f"backlog[{u!r}] is {days!r}, not an object of days"
        else:
            for day, units in days.items():
                yield from _asked(f"backlog[{u!r}][{day!r}]", u, day, units)


def _asked(where: str, u: str, day: Any, units: Any) -> Iterable[str]:  # noqa: ANN401
    yield from _cell(where, day, units)
    if _is_day(day) and _is_day(u) and _is_count(units) and units:
        if int(day) > 0:
            yield f"{where} is not in the past: put it into demand"
        elif int(day) + int(u) < 1:
            yield f"{where} was due on day {int(day) + int(u)}: enter it so that it is due on day 1"


def _row(where: str, units: Any, raw: Mapping[str, Any]) -> Iterable[str]:  # noqa: ANN401
    if not isinstance(units, list):
        yield f"{where} is {units!r}, not a list"
        return
    if "horizon_days" in raw and _is_length(raw["horizon_days"]) and len(units) != raw["horizon_days"]:
        yield f"{where} has {len(units)} days, horizon_days is {raw['horizon_days']}"
    for day, value in enumerate(units, start=1):
        if not _is_count(value):
            yield f"{where} on day {day} is {value!r}, {COUNT_WORDS}"


def _cell(where: str, day: Any, units: Any) -> Iterable[str]:  # noqa: ANN401
    if not _is_day(day):
        yield f"{where}: {day!r} is not a day in whole numbers"
    if not _is_count(units):
        yield f"{where} is {units!r}, {COUNT_WORDS}"


def _entries(raw: Mapping[str, Any], field: str) -> Iterable[tuple[Any, Any]]:
    """The pairs of an object; anything else is one fault, told where the day would stand."""
    given = raw.get(field, {})
    return given.items() if isinstance(given, dict) else [(f"{given!r}, not an object", 0)]


def _classes(raw: Mapping[str, Any]) -> list[str] | None:
    deadlines = raw.get("urgency_deadlines_days")
    return [str(u) for u in deadlines] if isinstance(deadlines, list) and deadlines else None


def _is_count(value: Any) -> bool:  # noqa: ANN401
    return type(value) is int and 0 <= value <= MOST_UNITS


def _is_length(value: Any) -> bool:  # noqa: ANN401
    return type(value) is int and value >= 1


def _is_day(key: Any) -> bool:  # noqa: ANN401
    return isinstance(key, str) and key.removeprefix("-").isdecimal() and str(int(key)) == key


COUNT_WORDS = f"not a whole number from 0 to {MOST_UNITS}"
