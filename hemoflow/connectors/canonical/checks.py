"""The layouts as SQL: for each column the expression that gives its value, and what would be wrong with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hemoflow.schemas.canonical import LAB_LIMITS
from hemoflow.schemas.columns import COUNT, DAY, FLAG, INSTANT, MEASURE
from hemoflow.schemas.table import Layout

TYPES = {COUNT: "BIGINT", MEASURE: "DOUBLE", FLAG: "BOOLEAN", DAY: "DATE", INSTANT: "TIMESTAMP WITH TIME ZONE"}
"""DuckDB type of each kind of column; any other is text."""
UNREADABLE = {
    COUNT: "not a whole number",
    MEASURE: "not a number",
    FLAG: "not true or false",
    DAY: "not a day as YYYY-MM-DD",
    INSTANT: "not a date and time",
}
WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}


@dataclass(frozen=True)
class Rule:
    """One column.

    Attributes:
        name: Its name.
        raw: The delivered value; NaN counts as missing.
        value: The value in the layout's type, missing where it cannot be.
        faults: Condition under which the row is at fault, and the reason in words.
        whole: Conditions one of which holds where any fault does; fewer, so that a clean table is passed quickly.
    """

    name: str
    raw: str
    value: str
    faults: tuple[tuple[str, str], ...]
    whole: tuple[str, ...]

    @property
    def is_at_fault(self) -> str:
        """The condition that any fault holds; never missing."""
        return " OR ".join(f"coalesce({condition}, false)" for condition in self.whole) or "false"


def rules_of(layout: Layout, kinds: Mapping[str, str]) -> Iterator[Rule]:
    """A rule for each column of a layout.

    Args:
        layout: The canonical table.
        kinds: Columns that the files have, with DuckDB's types; one that they lack is missing in every row.
    """
    for name, column in layout.columns.items():
        kind = str(column.dtype)
        raw, value = _expressions(f'"{name}"' if name in kinds else "NULL", kinds.get(name, '"NULL"'), kind)
        faults = [] if column.nullable else [(f"{raw} IS NULL", "missing")]
        if name in kinds and kinds[name] != TYPES.get(kind, "VARCHAR"):
            faults.append((f"{raw} IS NOT NULL AND {value} IS NULL", UNREADABLE.get(kind, "not text")))
        if kind == MEASURE:
            faults.append((f"isinf({value})", UNREADABLE[MEASURE]))
        faults += [_fault(value, str(check.name), check.statistics) for check in column.checks]
        whole = tuple(condition for condition, _ in faults)
        if layout.name == "labs":
            faults += _lab_faults(name, value)
            whole += _lab_conditions(name, value)
        yield Rule(name, raw, value, tuple(faults), whole)


def any_fault(layout: Layout, kinds: Mapping[str, str]) -> str:
    """The condition that a row is at fault anywhere."""
    return " OR ".join(rule.is_at_fault for rule in rules_of(layout, kinds))


def _expressions(raw: str, found: str, kind: str) -> tuple[str, str]:
    wanted = TYPES.get(kind, "VARCHAR")
    if found in {"DOUBLE", "FLOAT"}:
        raw = f"nullif({raw}, CAST('nan' AS {found}))"
    if found == wanted:
        return raw, raw
    if kind == COUNT and found not in WHOLE:
        number = f"TRY_CAST({raw} AS DOUBLE)"
        return raw, f"CASE WHEN {number} = floor({number}) THEN TRY_CAST({number} AS BIGINT) END"
    if kind == MEASURE and found == "VARCHAR":
        return (
            f"CASE WHEN lower({raw}) <> 'nan' THEN {raw} END",
            f"nullif(TRY_CAST({raw} AS DOUBLE), CAST('nan' AS DOUBLE))",
        )
    return raw, f"TRY_CAST({raw} AS {wanted})"


def _fault(value: str, check: str, limits: Mapping[str, object]) -> tuple[str, str]:
    """One of the three checks that layouts use.

    Raises:
        KeyError: A layout uses another one.
    """
    if check == "isin":
        choices = [str(choice) for choice in limits["allowed_values"]]  # type: ignore[attr-defined]
        return f"{value} NOT IN ({_texts(choices)})", f"must be one of {', '.join(choices)}"
    if check == "greater_than_or_equal_to":
        return f"{value} < {limits['min_value']}", f"must be at least {limits['min_value']}"
    return f"{value} > {limits['max_value']}", f"must be at most {limits['max_value']}"


def _lab_faults(name: str, value: str) -> Iterator[tuple[str, str]]:
    """A result must be in the unit of its analyte, and possible."""
    for code, (unit, least, most) in LAB_LIMITS.items():
        if name == "unit":
            yield f"\"code\" = '{code}' AND {value} <> '{unit}'", f"{code} must be in {unit}"
        if name == "value":
            yield f"\"code\" = '{code}' AND {value} < {least}", f"{code} must be at least {least:g} {unit}"
            yield f"\"code\" = '{code}' AND {value} > {most}", f"{code} must be at most {most:g} {unit}"


def _lab_conditions(name: str, value: str) -> tuple[str, ...]:
    """The same as one condition a limit, which looks the analyte up once a row."""
    units, least, most = (
        " ".join(f"WHEN '{code}' THEN {found[place]!r}" for code, found in LAB_LIMITS.items()) for place in range(3)
    )
    if name == "unit":
        return (f'{value} <> CASE "code" {units} END',)
    if name == "value":
        return (f'{value} < CASE "code" {least} END', f'{value} > CASE "code" {most} END')
    return ()


def _texts(words: list[str]) -> str:
    return ", ".join("'" + word.replace("'", "''") + "'" for word in words)
