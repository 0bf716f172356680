"""The judge of every network plan: plain Python, from the problem and the plan alone, without program or solver."""

from collections import defaultdict
from collections.abc import Iterator

from optimization.network.accounts import count
from optimization.network.ledger import Ledger, freshness_limits, known_shelves, replay
from optimization.network.plan import Allocation, Delivery, NetworkPlan, Outdate, Shortage, Source, Transfer
from optimization.network.problem import NetworkProblem
from optimization.network.shelves import Shelf
from optimization.network.trace import trace

ROUNDING = 1e-4
"""Largest gap forgiven in a continuous plan; plans in whole units are held to the unit."""
AT_MOST = frozenset({"supply_range", "safety_stock_gap", "terminal_stock_gap"})
"""Rungs that a plan may claim higher than it is: what it keeps within."""


def verify(problem: NetworkProblem, plan: NetworkPlan) -> list[str]:
    """Every rule and figure that the plan breaks, in words; empty means accepted."""
    misshapen = list(_shape(problem, plan))
    if misshapen:
        return misshapen
    ledger = replay(problem, plan)
    unknown = {shelf for _, shelf, _ in ledger.left} - known_shelves(problem, plan)
    if unknown:
        return [f"there is no lot of {_words(shelf)}, fresh until {shelf.fresh_until}" for shelf in sorted(unknown)]
    return [words for rule in RULES for words in rule(problem, plan, ledger)]


def _shape(problem: NetworkProblem, plan: NetworkPlan) -> Iterator[str]:
    if plan.problem != problem.name:
        yield f"the plan is for {plan.problem!r}, not {problem.name!r}"
    settled: list[Allocation | Shortage] = [*plan.allocations, *plan.shortages]
    ranges = (
        ("request", len(problem.requests), (row.request for row in settled)),
        ("link", len(problem.links), (row.link for row in plan.transfers)),
        ("external source", len(problem.externals), (row.external for row in plan.deliveries)),
    )
    for what, length, numbers in ranges:
        yield from (f"there is no {what} {number}" for number in numbers if not 0 <= number < length)
    rows: list[Allocation | Transfer | Delivery | Outdate | Shortage] = [*plan.allocations, *plan.transfers]
    for row in [*rows, *plan.deliveries, *plan.outdates, *plan.shortages]:
        if not row.units > 0 or (plan.integer and row.units != int(row.units)):
            yield f"{row}: not a {'whole ' * plan.integer}number of units above 0"
        day = getattr(row, "day", 1)
        if not 1 <= day <= problem.horizon_days:
            yield f"{row}: day {day} is not in the horizon"
    yield from (f"{row}: only a unit from stock has a shelf" for row in plan.allocations if _is_muddled(row))


def _is_muddled(row: Allocation) -> bool:
    return (row.shelf is None) == (row.source is Source.STOCK)


def _balances(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[str]:  # noqa: ARG001
    lost = {(row.site, row.shelf): row.units for row in plan.outdates}
    for (site, shelf, t), units in ledger.left.items():
        if units < -_forgiven(plan):
            yield f"[E1] {site}, day {t}: {-units:g} units more leave {_words(shelf)} than are there"
        if t == shelf.last_day and abs(units - lost.pop((site, shelf), 0)) > _forgiven(plan):
            yield f"[E1] {site}, day {t}: {units:g} units of {_words(shelf)} are left after their last day"
    yield from (
        f"[E1] {site}: {units:g} units of {_words(shelf)} outdate from nowhere" for (site, shelf), units in lost.items()
    )


def _traceable(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[str]:  # noqa: ARG001 - alike
    for gap in trace(problem, plan)[1]:
        if gap.units > _forgiven(plan):
            yield f"{gap.site}, day {gap.day}: {gap.units:g} units of {_words(gap.shelf)} come from no lot"


def _last_days(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[str]:  # noqa: ARG001 - alike
    for row in plan.allocations:
        if row.shelf and row.day > row.shelf.last_day:
            yield f"[E1] {row}: issued after its last day"
    for move in plan.transfers:
        arrival = move.day + problem.links[move.link].travel_days
        if arrival > min(move.shelf.last_day, problem.horizon_days):
            yield f"[E1] {move}: arrives on day {arrival}, after its last day or after the horizon"


def _fitness(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[str]:  # noqa: ARG001
    ages = freshness_limits(problem)
    allowed = {(pair.component, pair.donor, pair.recipient) for pair in problem.substitutions}
    for row in plan.allocations:
        if row.shelf is None:
            continue
        request = problem.requests[row.request]
        if row.shelf.component != request.component:
            yield f"[E2] {row}: {row.shelf.component} for a request of {request.component}"
        elif harms(row.shelf.component, row.shelf.blood_group, request.blood_group):
            yield f"[E2] {row}: {row.shelf.blood_group} must never be given to {request.blood_group}"
        elif (request.component, row.shelf.blood_group, request.blood_group) not in allowed:
            yield f"[E2] {row}: the policy does not list {row.shelf.blood_group} for {request.blood_group}"
        if set(request.requires) - set(row.shelf.attributes):
            yield f"[E2] {row}: the request requires {', '.join(request.requires)}"
        if request.most_age_days is not None:
            rank = ages[request.component].index(request.most_age_days)
            if row.day > row.shelf.fresh_until[rank]:
                yield f"[E2] {row}: older than {request.most_age_days} days"


def harms(component: str, donor: str, recipient: str) -> bool:
    """Whether a unit would meet an antibody: told letter by letter from the names of the groups.

    Red cells of ``donor`` carry its letters and, with a plus, D; plasma of ``donor`` carries antibodies against the
    letters that it lacks. Of platelets only RhD-positive ones for RhD-negative recipients are refused.
    """
    meets_d = "+" in donor and "+" not in recipient
    if component == "platelets":
        return meets_d
    if component == "plasma":
        return any(letter in recipient and letter not in donor for letter in "AB")
    return meets_d or any(letter in donor and letter not in recipient for letter in "AB")


def _requests(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[str]:
    for row in plan.allocations:
        request = problem.requests[row.request]
        if not request.day <= row.day <= request.due_day:
            yield f"[E3] {row}: outside the window of days {request.day} to {request.due_day}"
    for r, request in enumerate(problem.requests):
        left = request.units - sum(ledger.settled[r].values()) if r in ledger.settled else request.units
        if left < -_forgiven(plan):
            yield f"[E3] request {r}: {-left:g} units more than the {request.units} asked for"
        if left > _forgiven(plan) and request.due_day <= problem.horizon_days:
            yield f"[E3] request {r}: {left:g} units neither supplied nor given up by day {request.due_day}"


def _outside(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[str]:  # noqa: ARG001
    kinds = {
        (e.component, e.blood_group, e.site, e.into_stock, e.is_emergency): x for x, e in enumerate(problem.externals)
    }
    taken: defaultdict[tuple[int, int], float] = defaultdict(float)
    for row in plan.allocations:
        if row.shelf is None:
            r = problem.requests[row.request]
            x = kinds.get((r.component, r.blood_group, r.site, False, row.source is Source.EMERGENCY))
            if x is None:
                yield f"[E4] {row}: there is no such source outside"
            else:
                taken[x, row.day] += row.units
    for delivery in plan.deliveries:
        taken[delivery.external, delivery.day] += delivery.units
        if not problem.externals[delivery.external].into_stock:
            yield f"[E4] {delivery}: that source does not deliver into stock"
    for (x, t), units in sorted(taken.items()):
        source = problem.externals[x]
        if t < 1 + source.lead_days:
            yield f"[E4] external source {x}, day {t}: before its lead time of {source.lead_days} days"
        if source.units_a_day is not None and units > source.units_a_day + _forgiven(plan):
            yield f"[E4] external source {x}, day {t}: {units:g} units, its limit is {source.units_a_day}"


def _terminal(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[str]:
    for component in sorted({request.component for request in problem.requests}):
        own = [(r, request) for r, request in enumerate(problem.requests) if request.component == component]
        left = sum(q.units - sum(ledger.settled.get(r, {}).values()) for r, q in own)
        before = sum(request.units for _, request in own if request.day < 1)
        limits = {"no_growth": before, "clear": 0}
        if left > limits.get(problem.terminal_rule, left) + _forgiven(plan):
            yield f"[E5] {problem.terminal_rule}: {left:g} of {component} open at the end, {before} at the start"


def _links(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[str]:  # noqa: ARG001
    taken: defaultdict[tuple[int, int], float] = defaultdict(float)
    for move in plan.transfers:
        taken[move.link, move.day] += move.units
    for (x, t), units in sorted(taken.items()):
        limit = problem.links[x].units_a_day
        if limit is not None and units > limit + _forgiven(plan):
            yield f"[E9] link {x}, day {t}: {units:g} units, its limit is {limit}"


def _opening(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[str]:  # noqa: ARG001
    closed = problem.closed
    for row in plan.allocations:
        site = problem.requests[row.request].site
        if row.source is not Source.EMERGENCY and (site, row.day) in closed:
            yield f"{row}: {site} is closed"
    for move in plan.transfers:
        link = problem.links[move.link]
        ends = {(link.origin, move.day), (link.destination, move.day + link.travel_days)}
        if ends & closed:
            yield f"{move}: a site is closed"
    for delivery in plan.deliveries:
        if (problem.externals[delivery.external].site, delivery.day) in closed:
            yield f"{delivery}: the site is closed"


def _bookkeeping(problem: NetworkProblem, plan: NetworkPlan, ledger: Ledger) -> Iterator[str]:
    for rung, claimed in plan.rungs.items():
        counted = count(problem, plan, ledger, rung)
        scale = 1 + abs(claimed) * (not plan.integer)
        if counted is None:
            yield f"there is no rung {rung!r}"
        elif counted > claimed + scale * _forgiven(plan) or (
            rung.partition("_tier_")[0] not in AT_MOST and counted < claimed - scale * _forgiven(plan)
        ):
            yield f"{rung} is given as {claimed:g}, counted {counted:g}"


RULES = (_last_days, _fitness, _balances, _traceable, _requests, _outside, _terminal, _links, _opening, _bookkeeping)


def _words(shelf: Shelf) -> str:
    return " ".join((shelf.blood_group, shelf.component, *shelf.attributes, f"(last day {shelf.last_day})"))


def _forgiven(plan: NetworkPlan) -> float:
    return 0.0 if plan.integer else ROUNDING
