"""Every rung counted anew from the rows of a plan, in plain Python."""

from collections import defaultdict
from collections.abc import Callable, Iterator

from optimization.network.ledger import Ledger
from optimization.network.plan import NetworkPlan, Source
from optimization.network.problem import NetworkProblem


def count(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger, rung: str) -> float | None:
    """What a plan is at on a rung; None where no such rung exists."""
    name, _, tier = rung.partition("_tier_")
    if name in {"very_urgent_shortage", "other_shortage"} and tier.isdecimal():
        return _shortage(problem, plan, int(tier), is_very_urgent=name == "very_urgent_shortage")
    counter = COUNTERS.get(name)
    return float(sum(counter(problem, plan, ledger))) if counter else None


def _shortage(problem: NetworkProblem, plan: NetworkPlan, tier: int, *, is_very_urgent: bool) -> float:
    short = ((problem.requests[row.request], row.units) for row in plan.shortages)
    return sum(u for r, u in short if r.shortage_tier == tier and (r.urgency == 0) == is_very_urgent)


def _emergency(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[float]:  # noqa: ARG001 - alike
    return (row.units for row in plan.allocations if row.source is Source.EMERGENCY)


def _external(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[float]:  # noqa: ARG001
    yield from (row.units for row in plan.allocations if row.source is Source.EXTERNAL)
    yield from (delivery.units for delivery in plan.deliveries)


def _lateness(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[float]:  # noqa: ARG001
    yield from (row.day * row.units for row in plan.allocations if row.source is not Source.STOCK)
    yield from (delivery.day * delivery.units for delivery in plan.deliveries)


def _outdates(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[float]:  # noqa: ARG001
    return (outdate.units for outdate in plan.outdates)


def _o_negative(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[float]:  # noqa: ARG001
    for row in plan.allocations:
        if row.shelf and row.shelf.blood_group == "O-" and problem.requests[row.request].blood_group != "O-":
            yield row.units


def _substitution(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[float]:  # noqa: ARG001
    penalties = {(pair.component, pair.donor, pair.recipient): pair.penalty for pair in problem.substitutions}
    for row in plan.allocations:
        request = problem.requests[row.request]
        if row.shelf:
            yield row.units * penalties.get((request.component, row.shelf.blood_group, request.blood_group), 0)


def _oldest_first(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[float]:  # noqa: ARG001
    return (row.units * (row.shelf.last_day - row.day) for row in plan.allocations if row.shelf)


def _transfers(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[float]:  # noqa: ARG001
    return (problem.links[move.link].cost * move.units for move in plan.transfers)


def _range(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[float]:  # noqa: ARG001
    closed = problem.closed
    for (site, _, _), by_day in ledger.issued.items():
        issued = [by_day[t] for t in problem.days if (site, t) not in closed]
        yield max(issued) - min(issued)


def _changes(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[float]:  # noqa: ARG001
    """Yesterday's units less today's, by way, component, group and day."""
    last = max((row.day for row in problem.earlier), default=0)
    differ: dict[tuple[object, ...], float] = defaultdict(float)
    for row in problem.earlier:
        differ[row.origin, row.destination, row.component, row.blood_group, row.day] += row.units
    for move in plan.transfers:
        if move.day <= last:
            link = problem.links[move.link]
            way = (link.origin, link.destination, move.shelf.component, move.shelf.blood_group, move.day)
            differ[way] -= move.units
    for new in plan.deliveries:
        if new.day <= last:
            source = problem.externals[new.external]
            differ[None, source.site, source.component, source.blood_group, new.day] -= new.units
    return map(abs, differ.values())


def _waiting(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[float]:  # noqa: ARG001
    for r, request in enumerate(problem.requests):
        waiting = float(request.units)
        for t in range(max(request.day, 1), problem.horizon_days + 1):
            waiting -= ledger.settled[r][t] if r in ledger.settled else 0
            yield waiting


def _safety_gap(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[float]:  # noqa: ARG001
    stock = _stock(ledger)
    for target in problem.targets:
        for t in problem.days:
            yield max(0.0, target.safety_units - stock[target.site, target.component, target.blood_group, t])


def _terminal_gap(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[float]:  # noqa: ARG001
    stock, T = _stock(ledger), problem.horizon_days
    for target in problem.targets:
        yield max(0.0, target.terminal_units - stock[target.site, target.component, target.blood_group, T])


def _stock(ledger: Ledger) -> dict[tuple[str, str, str, int], float]:
    """Units still usable after each day, by site, component and group."""
    stock: dict[tuple[str, str, str, int], float] = defaultdict(float)
    for (site, shelf, t), units in ledger.left.items():
        if shelf.last_day > t:
            stock[site, shelf.component, shelf.blood_group, t] += units
    return stock


COUNTERS: dict[str, Callable[[NetworkProblem, NetworkPlan, Ledger], Iterator[float]]] = {
    "emergency_units": _emergency,
    "external_units": _external,
    "safety_stock_gap": _safety_gap,
    "outdates": _outdates,
    "o_negative_given_away": _o_negative,
    "terminal_stock_gap": _terminal_gap,
    "substitution": _substitution,
    "supply_range": _range,
    "oldest_first": _oldest_first,
    "transfers": _transfers,
    "plan_changes": _changes,
    "waiting_days": _waiting,
    "external_lateness": _lateness,
}
