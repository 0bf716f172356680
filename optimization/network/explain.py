"""Answers to a planner's questions about a plan, by counting its rows or solving a problem that differs in a thing.

A second solve is exact where a dual is not: the dual of a whole-unit plan holds for a small change in one direction
only, and says nothing once two rungs pull against one another.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from optimization.network.ladder import solve
from optimization.network.ledger import freshness_limits, standing
from optimization.network.objectives import CLINICAL
from optimization.network.parts import Lot, Request
from optimization.network.plan import Allocation, NetworkPlan, Source
from optimization.network.problem import NetworkProblem
from optimization.network.shelves import Shelf, reach

SHORT_AND_OUTSIDE = CLINICAL[:4]
"""What planners ask about: shortage, emergency and external units."""


def worth_of(problem: NetworkProblem, lot: Lot, ladder: tuple[str, ...] = SHORT_AND_OUTSIDE) -> dict[str, float]:
    """What a lot more would change: the rungs that differ, in the ladder's order, after less before.

    Args:
        problem: The data.
        lot: For example one more O-negative unit.
        ladder: Rungs looked at; the fewer, the faster.
    """
    return _difference(problem, replace(problem, lots=(*problem.lots, lot)), ladder)


def binding_deadlines(
    problem: NetworkProblem, plan: NetworkPlan, ladder: tuple[str, ...] = SHORT_AND_OUTSIDE, *, most: int = 10
) -> dict[int, dict[str, float]]:
    """Requests for which one day more would save a shortage or a unit from outside, and what it would save.

    Args:
        problem: The data.
        plan: Its plan; only requests that it leaves short or serves from outside are tried.
        ladder: Rungs looked at.
        most: Most requests tried, those with most such units first; each takes a solve.

    Returns:
        Position in the problem's requests to the rungs that differ, after less before.
    """
    lacking: Counter[int] = Counter()
    for r, units in _lacking(plan):
        lacking[r] += round(units)
    binding = {}
    for r in sorted(lacking, key=lambda r: (-lacking[r], r))[:most]:
        later = [replace(entry, urgency=entry.urgency + (n == r)) for n, entry in enumerate(problem.requests)]
        saved = _difference(problem, replace(problem, requests=tuple(later)), ladder)
        if sum(saved.values()) < 0:  # a very urgent request becomes another class, which alone saves nothing
            binding[r] = saved
    return binding


def why_external(problem: NetworkProblem, plan: NetworkPlan, row: Allocation) -> tuple[str, ...]:
    """Why no unit of ours serves an allocation from outside: what stands against each unit, counted in words.

    Returns:
        One sentence for each reason, the largest count first; units that could have served come last.
    """
    request = problem.requests[row.request]
    against: Counter[str] = Counter()
    able: set[Shelf] = set()
    limits = freshness_limits(problem)
    for lot in problem.lots:
        if lot.component == request.component:
            reason = next(_against(problem, lot, request), "")
            against[reason or "could serve it"] += lot.free_units
            against["are reserved or in quarantine"] += lot.units - lot.free_units
            able |= set() if reason else {standing(problem, lot, limits)}
    could = against.pop("could serve it", 0)
    reasons = [_told(units, words) for words, units in sorted(against.items(), key=lambda e: (-e[1], e[0])) if units]
    used = _used(problem, plan, able)
    serve = "; ".join(f"{units:g} {'goes' if units == 1 else 'go'} to {words}" for words, units in sorted(used.items()))
    return (*reasons, _told(could, "could serve it") + (f": {serve}" if serve else ""))


def _told(units: int, words: str) -> str:
    return f"1 unit {words.replace('are ', 'is ', 1)}" if units == 1 else f"{units} units {words}"


def _against(problem: NetworkProblem, lot: Lot, request: Request) -> Iterator[str]:
    """Everything that stands against a lot, the most lasting reason first."""
    pairs = {(pair.component, pair.donor, pair.recipient) for pair in problem.substitutions}
    if (request.component, lot.blood_group, request.blood_group) not in pairs:
        yield "are of a group that it must not get"
    if set(request.requires) - set(lot.attributes):
        yield f"are not {', '.join(request.requires)}"
    last = min(request.due_day, problem.horizon_days)
    oldest = lot.last_usable_day
    if request.most_age_days is not None:
        oldest = min(oldest, lot.collected_day + request.most_age_days)
    if oldest < max(request.day, 1):
        yield "are too old by then"
    if _arrival(problem, lot, request.site) > min(last, oldest):
        yield "cannot be there in time"


def _arrival(problem: NetworkProblem, lot: Lot, site: str) -> int:
    """First day at a site by links, open or not; beyond the horizon where there is no way."""
    numbers = {entry.name: n for n, entry in enumerate(problem.sites)}
    links = [(numbers[link.origin], numbers[link.destination], link.travel_days) for link in problem.links]
    shelf = standing(problem, lot, freshness_limits(problem))
    first = reach({(numbers[lot.site], shelf): lot.from_day}, links, problem.horizon_days)
    return first.get((numbers[site], shelf), problem.horizon_days + 1)


def _used(problem: NetworkProblem, plan: NetworkPlan, shelves: set[Shelf]) -> Mapping[str, float]:
    used: dict[str, float] = defaultdict(float)
    for row in plan.allocations:
        if row.shelf in shelves:
            other = problem.requests[row.request]
            used[f"class {other.urgency}, tier {other.shortage_tier}, {other.blood_group}"] += row.units
    for lost in plan.outdates:
        if lost.shelf in shelves:
            used["nobody and outdate"] += lost.units
    return used


def _lacking(plan: NetworkPlan) -> Iterator[tuple[int, float]]:
    yield from ((row.request, row.units) for row in plan.allocations if row.source is not Source.STOCK)
    yield from ((row.request, row.units) for row in plan.shortages)


def _difference(before: NetworkProblem, after: NetworkProblem, ladder: tuple[str, ...]) -> dict[str, float]:
    old, new = (solve(problem, ladder).rungs for problem in (before, after))
    return {rung: new[rung] - old[rung] for rung in old if rung in new and new[rung] != old[rung]}
