"""What people ask of a network: solve it, say where it is tightest, solve it again to judge, answer why."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.errors import SolveError
from hemoflow.domain.units import Component
from optimization.network.explain import SHORT_AND_OUTSIDE, binding_deadlines, why_external, worth_of
from optimization.network.ladder import solve
from optimization.network.parts import Lot
from optimization.network.plan import NetworkPlan, Source
from optimization.network.problem import NetworkProblem

MOST_NAMED = 3


def solve_network(
    problem: NetworkProblem,
    ladder: tuple[str, ...],
    tolerances: Mapping[str, int],
    *,
    integer: bool = True,
    time_limit_s: float = 60.0,
) -> NetworkPlan:
    """The best plan by the ladder; a failed solve names the rung and the tightest requests.

    Raises:
        PolicyError: The ladder names an unknown rung, or one twice.
        SolveError: A rung ended without a proven optimum.
    """
    try:
        return solve(problem, ladder, tolerances=tolerances, integer=integer, time_limit_s=time_limit_s)
    except SolveError as error:
        raise SolveError(str(error), remedy=tightest_requests(problem)) from error


def verify_again(problem: NetworkProblem, plan: NetworkPlan, tolerances: Mapping[str, int]) -> list[str]:
    """Rungs on which a plan that keeps every rule can be bettered, found by solving its ladder once more.

    The rungs are those of the plan, in its order. Where a rung was given up for later ones the values may differ by
    the tolerance; from there on only a plan that is worse on an earlier rung than its tolerance allows is refused.
    """
    ladder = tuple(dict.fromkeys(rung.partition("_tier_")[0] for rung in plan.rungs))
    if not ladder:
        return ["optimum: the plan names no rungs"]
    best = solve_network(problem, ladder, tolerances, integer=plan.integer).rungs
    for rung, value in best.items():
        given_up = tolerances.get(rung.partition("_tier_")[0], 0)
        if plan.rungs.get(rung, float("inf")) > value + given_up + SLACK:
            return [f"optimum: {rung} is {plan.rungs.get(rung)} in the plan, {value:g} is possible"]
    return []


SLACK = 1e-4


def tightest_requests(problem: NetworkProblem) -> str:
    """The requests that leave a solver least room: due units against all units that may be given by then."""
    gaps = sorted(_gaps(problem), key=lambda gap: (-gap[0], gap[1:]))
    if not gaps:
        return "Tightest requests: none lacks units of its groups; sites, links or days bind."
    words = [
        f"{component} {group} by day {t}: {due} units due, {there} of ours that may be given"
        for _, component, group, t, due, there in _one_a_group(gaps)
    ]
    return f"Tightest requests: {'; '.join(words)}."


def explain_network(
    problem: NetworkProblem, plan: NetworkPlan, *, group: BloodGroup = BloodGroup.O_NEG, most: int = 5
) -> list[str]:
    """The answers in sentences: why units come from outside, what one more unit is worth, which deadlines bind.

    Args:
        problem: The data.
        plan: Its plan.
        group: Of the unit whose worth is told.
        most: Most rows and deadlines explained; each deadline takes a solve.
    """
    return [
        *islice(_why(problem, plan), most),
        *_worth(problem, group),
        *_binding(problem, plan, most),
    ]


def _why(problem: NetworkProblem, plan: NetworkPlan) -> Iterator[str]:
    outside = [row for row in plan.allocations if row.source is not Source.STOCK]
    if not outside and not plan.deliveries:
        yield "No unit from outside is needed."
    for row in sorted(outside, key=lambda row: (-row.units, row.day, row.request)):
        request = problem.requests[row.request]
        asked = f"{request.component} {request.blood_group}, class {request.urgency}, at {request.site}"
        yield (
            f"{row.units:g} {row.source} units on day {row.day} for {asked}: "
            f"{'; '.join(why_external(problem, plan, row))}."
        )
    for delivery in sorted(plan.deliveries, key=lambda row: (-row.units, row.day)):
        source = problem.externals[delivery.external]
        yield (
            f"{delivery.units:g} units of {source.component} {source.blood_group} into the stock of {source.site} "
            f"on day {delivery.day}: what is asked of that group exceeds what the stock and donations hold in time."
        )


def _worth(problem: NetworkProblem, group: BloodGroup) -> Iterator[str]:
    component = (
        Component.RED_CELLS if Component.RED_CELLS in problem.shelf_life_days else next(iter(problem.shelf_life_days))
    )
    life = problem.shelf_life_days[component]
    for site in problem.sites[:1]:
        changed = worth_of(problem, Lot(component, group, site.name, 1, 1, life, 1))
        words = ", ".join(f"{rung} by {-units:g}" for rung, units in changed.items() if units < 0)
        yield f"One more {group} unit of {component} at {site.name} on day 1 " + (
            f"would lower {words}." if words else "would lower neither shortage nor units from outside."
        )


def _binding(problem: NetworkProblem, plan: NetworkPlan, most: int) -> Iterator[str]:
    binding = binding_deadlines(problem, plan, SHORT_AND_OUTSIDE, most=most)
    if not binding:
        yield "No deadline binds: one day more for any of the requests tried would save nothing."
    for r, saved in binding.items():
        request = problem.requests[r]
        words = ", ".join(f"{rung} {units:+g}" for rung, units in saved.items())
        yield (
            f"The deadline of {request.units} {request.blood_group} units, class {request.urgency}, due on day "
            f"{request.due_day} at {request.site} binds: one day more changes {words}."
        )


Gap = tuple[int, str, str, int, int, int]


def _gaps(problem: NetworkProblem) -> Iterator[Gap]:
    donors: dict[tuple[str, str], set[str]] = {}
    for pair in problem.substitutions:
        donors.setdefault((pair.component, pair.recipient), set()).add(pair.donor)
    wanted: dict[tuple[str, str], Counter[int]] = {}
    for request in problem.requests:
        wanted.setdefault((request.component, request.blood_group), Counter())[request.due_day] += request.units
    for (component, group), due in wanted.items():
        for t in range(1, problem.horizon_days + 1):
            needed = sum(units for day, units in due.items() if day <= t)
            there = sum(
                lot.free_units
                for lot in problem.lots
                if lot.component == component
                and lot.from_day <= t
                and lot.blood_group in donors.get((component, group), ())
            )
            if needed > there:
                yield needed - there, component, group, t, needed, there


def _one_a_group(gaps: list[Gap]) -> Iterator[Gap]:
    told: set[tuple[str, str]] = set()
    for gap in gaps:
        if gap[1:3] not in told and len(told) < MOST_NAMED:
            told.add((gap[1], gap[2]))
            yield gap
