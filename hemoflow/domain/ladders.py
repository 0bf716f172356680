"""Names that a policy may give to the programs and their rungs; a test keeps them equal to what the programs know."""

from collections.abc import Iterator, Sequence

PROGRAMS = ("paper", "network")
"""One program for each blood group (De Angelis et al. 2001), or one for all groups with substitution."""
PAPER_RUNGS = (
    "external_units", "supply_range", "outdates", "external_earliness", "waiting_days", "external_lateness",
)  # fmt: skip
NETWORK_RUNGS = (
    "very_urgent_shortage", "other_shortage", "emergency_units", "external_units", "safety_stock_gap", "outdates",
    "o_negative_given_away", "terminal_stock_gap", "substitution", "supply_range", "oldest_first", "transfers",
    "plan_changes", "waiting_days", "external_lateness",
)  # fmt: skip


def ladder_faults(where: str, ladder: Sequence[str], known: Sequence[str]) -> Iterator[str]:
    """What is wrong with a ladder: empty, unknown rungs, the same one twice."""
    if not ladder:
        yield f"{where} is empty"
    for rung in sorted(set(ladder) - set(known)):
        yield f"{where} names the unknown rung {rung!r}; known: {', '.join(known)}"
    for rung in sorted({rung for rung in ladder if list(ladder).count(rung) > 1}):
        yield f"{where} names {rung!r} twice"


def tolerances_of(entries: Sequence[str]) -> dict[str, int]:
    """Units by rung from entries such as ``external_units=2``.

    Raises:
        ValueError: An entry is not a name, an equals sign and a whole number.
    """
    given = {}
    for entry in entries:
        rung, sign, units = entry.partition("=")
        if not (rung and sign and units.isdecimal()):
            raise ValueError(f"{entry!r} is not rung=units, units being a whole number")
        given[rung] = int(units)
    return given


def tolerance_faults(where: str, entries: Sequence[str], *ladders: Sequence[str]) -> Iterator[str]:
    """What is wrong with tolerances: not rung=units, or a rung that no ladder has."""
    try:
        given = tolerances_of(entries)
    except ValueError as error:
        yield f"{where}: {error}"
        return
    for rung in sorted(given):
        if not any(rung in ladder for ladder in ladders):
            yield f"{where} names {rung!r}, which is in no ladder"
