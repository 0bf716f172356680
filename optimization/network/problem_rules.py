"""What a network problem must satisfy: each rule adds a sentence for everything that breaks it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from optimization.network.parts import External, Lot, Request, StockTarget
from optimization.network.substitution import is_allowed
from optimization.problem_rules import MOST_UNITS, TERMINAL_RULES

if TYPE_CHECKING:
    from optimization.network.problem import NetworkProblem


def faults(problem: NetworkProblem) -> list[str]:
    """Every problem in words; none means that it is sound."""
    return [words for rule in RULES for words in rule(problem)]


def _frame(problem: NetworkProblem) -> Iterator[str]:
    if not problem.name:
        yield "it has no name"
    if not _is_count(problem.horizon_days, least=1):
        yield f"horizon_days is {problem.horizon_days!r}, not a whole number of at least 1"
    if problem.terminal_rule not in TERMINAL_RULES:
        yield f"terminal_rule is {problem.terminal_rule!r}, not one of {', '.join(TERMINAL_RULES)}"
    for component, life in problem.shelf_life_days.items():
        if not _is_count(life, least=1):
            yield f"shelf life of {component} is {life!r}, not a whole number of at least 1"
    yield from _repeated("site", (site.name for site in problem.sites))
    yield from _repeated("link", ((link.origin, link.destination) for link in problem.links))
    yield from _repeated("substitution", ((s.component, s.donor, s.recipient) for s in problem.substitutions))
    yield from _repeated("target", ((t.component, t.blood_group, t.site) for t in problem.targets))
    kinds = ((e.component, e.blood_group, e.site, e.into_stock, e.is_emergency) for e in problem.externals)
    yield from _repeated("external", kinds)


def _references(problem: NetworkProblem) -> Iterator[str]:
    names = {site.name for site in problem.sites}
    entries: list[Lot | Request | External | StockTarget] = [*problem.lots, *problem.requests]
    for entry in [*entries, *problem.externals, *problem.targets]:
        if entry.site not in names:
            yield f"{entry} is at an unknown site"
        if entry.component not in problem.shelf_life_days:
            yield f"{entry} is of a component without a shelf life"
    for link in problem.links:
        if not {link.origin, link.destination} <= names or link.origin == link.destination:
            yield f"{link} does not join two known sites"


def _lots(problem: NetworkProblem) -> Iterator[str]:
    for lot in problem.lots:
        counts = (lot.units, lot.reserved_units, lot.quarantined_units)
        if not all(map(_is_count, counts)) or lot.free_units < 0:
            yield f"{lot}: units must be whole, and those reserved or in quarantine among them"
        if lot.from_day < 1 or lot.collected_day > lot.from_day:
            yield f"{lot} is usable from before day 1 or from before its collection"
        if lot.last_usable_day < lot.from_day:
            yield f"{lot} is no stock: its last usable day lies before its first"
        life = problem.shelf_life_days.get(lot.component)
        if life is not None and lot.last_usable_day > lot.collected_day + life - 1:
            yield f"{lot} outlives the {life} days of {lot.component}"
        yield from _sorted_once(lot.attributes, lot)


def _requests(problem: NetworkProblem) -> Iterator[str]:
    for request in problem.requests:
        if not _is_count(request.units):
            yield f"{request}: units are not a whole number from 0 to {MOST_UNITS}"
        if not (_is_count(request.urgency) and _is_count(request.shortage_tier, least=1)):
            yield f"{request}: the deadline class starts at 0 and the tier at 1"
        if request.day > problem.horizon_days or request.due_day < 1:
            yield f"{request} was due before day 1 (enter it so that it is due then) or is made after the horizon"
        if request.most_age_days is not None and not _is_count(request.most_age_days):
            yield f"{request}: the greatest age is not a whole number of days"
        yield from _sorted_once(request.requires, request)


def _links(problem: NetworkProblem) -> Iterator[str]:
    for link in problem.links:
        limits = (link.units_a_day or 0, link.travel_days, link.cost)
        if not all(map(_is_count, limits)):
            yield f"{link}: days, limit and cost must be whole numbers of at least 0"


def _sources(problem: NetworkProblem) -> Iterator[str]:
    for source in problem.externals:
        if not (_is_count(source.lead_days) and _is_count(source.units_a_day or 0)):
            yield f"{source}: lead time and limit must be whole numbers of at least 0"
        if source.is_emergency and source.into_stock:
            yield f"{source}: the emergency arc serves requests only"
    for target in problem.targets:
        if not (_is_count(target.safety_units) and _is_count(target.terminal_units)):
            yield f"{target}: units must be whole numbers of at least 0"


def _earlier(problem: NetworkProblem) -> Iterator[str]:
    names = {site.name for site in problem.sites}
    for row in problem.earlier:
        if not {row.destination, row.origin or row.destination} <= names:
            yield f"{row} is at an unknown site"
        if row.component not in problem.shelf_life_days:
            yield f"{row} is of a component without a shelf life"
        if not (_is_count(row.units) and 1 <= row.day <= problem.horizon_days):
            yield f"{row}: units must be whole, and its day within the horizon"
    kinds = ((e.component, e.blood_group, e.day, e.destination, e.origin) for e in problem.earlier)
    yield from _repeated("earlier", kinds)


def _pairs(problem: NetworkProblem) -> Iterator[str]:
    for pair in problem.substitutions:
        if not is_allowed(pair.component, pair.donor, pair.recipient):
            yield f"{pair.component} of {pair.donor} must never be given to {pair.recipient}"
        if not _is_count(pair.penalty) or (pair.penalty == 0) != (pair.donor == pair.recipient):
            yield f"{pair}: the penalty must be whole, 0 for identical groups and more for others"


RULES = (_frame, _references, _lots, _requests, _links, _sources, _earlier, _pairs)


def _repeated(what: str, keys: Iterable[Hashable]) -> Iterator[str]:
    yield from (f"{what} {key} is given twice" for key, count in Counter(keys).items() if count > 1)


def _sorted_once(words: tuple[str, ...], owner: object) -> Iterator[str]:
    if words != tuple(sorted(set(words))):
        yield f"{owner}: attributes must be sorted and named once"


def _is_count(value: Any, least: int = 0) -> bool:  # noqa: ANN401
    return type(value) is int and least <= value <= MOST_UNITS
