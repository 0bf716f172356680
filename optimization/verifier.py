"""The judge of every plan: plain Python, from the instance and the plan alone, without the program or the solver."""

from collections.abc import Callable, Iterator

from optimization.optimum import least_external_units, least_range
from optimization.plan import Plan
from optimization.problem import Instance

ROUNDING = 1e-6
"""Largest gap forgiven in a continuous plan; plans in whole units are held to the unit."""


def verify(instance: Instance, plan: Plan) -> list[str]:
    """Every constraint and figure that the plan breaks, in words; empty means accepted."""
    misshapen = list(_shape(instance, plan))
    if misshapen:
        return misshapen
    return [words for rule in RULES for words in rule(instance, plan)]


def verify_optimal(instance: Instance, plan: Plan) -> list[str]:
    """As :func:`verify`, and that neither optimum can be bettered; both are derived anew, not by the program."""
    violations = verify(instance, plan)
    if violations:
        return violations
    external = least_external_units(instance)
    if _differ(plan, plan.external_units, external):
        return [f"optimum: the plan takes {plan.external_units} external units, {external} are enough"]
    least = least_range(instance, external, integer=plan.integer)
    if _differ(plan, plan.range, float(least)):
        return [f"optimum: the range of the plan is {plan.range}, {least} is possible"]
    return []


def _shape(instance: Instance, plan: Plan) -> Iterator[str]:
    if plan.instance != instance.name:
        yield f"the plan is for the instance {plan.instance!r}, not {instance.name!r}"
    if plan.status != "optimal":
        yield f"the status is {plan.status!r}, not 'optimal'"
    if sorted(plan.supplied_by_class) != sorted(instance.urgency_deadlines_days):
        yield f"y has the classes {sorted(plan.supplied_by_class)}, not {sorted(instance.urgency_deadlines_days)}"
    rows = {"c": plan.internal_by_day, "n": plan.external_by_day, "m": plan.outdated_by_day, "s": plan.carry_by_day}
    rows |= {f"y[{u}]": row for u, row in sorted(plan.supplied_by_class.items())}
    for name, row in rows.items():
        if len(row) != instance.horizon_days:
            yield f"{name} has {len(row)} days, the horizon has {instance.horizon_days}"
        for t, value in enumerate(row, start=1):
            if not value >= 0:
                yield f"{name} on day {t} is {value}, not at least 0"
            elif plan.integer and value != int(value):
                yield f"{name} on day {t} is {value}, not a whole number of units"


def _supply(instance: Instance, plan: Plan) -> Iterator[str]:
    for t in instance.days:
        given = sum(plan.supplied_by_class[u][t - 1] for u in instance.urgency_deadlines_days)
        taken = plan.internal_by_day[t - 1] + plan.external_by_day[t - 1]
        if _differ(plan, given, taken):
            yield f"[1] day {t}: requests get {given}, internal and external units are {taken}"


def _requests(instance: Instance, plan: Plan) -> Iterator[str]:
    for u in instance.urgency_deadlines_days:
        for t in instance.days:
            given = sum(plan.supplied_by_class[u][:t])
            made, due = (instance.requested(u, 1 - u, last) for last in (t, t - u))
            if _exceeds(plan, due, given):
                yield f"[2] class {u}, day {t}: {due} were due by then, {given} supplied"
            if _exceeds(plan, given, made):
                yield f"[3] class {u}, day {t}: {given} supplied by then, only {made} asked for"


def _stock(instance: Instance, plan: Plan) -> Iterator[str]:
    for t in instance.days:
        oldest = t - instance.shelf_life_days + 1
        before = plan.carry_by_day[t - 2] if t > 1 else 0
        c, m, s = plan.internal_by_day[t - 1], plan.outdated_by_day[t - 1], plan.carry_by_day[t - 1]
        usable = instance.received(oldest, t) - before
        if _exceeds(plan, c, usable):
            yield f"[4a] day {t}: {c} supplied from stock, {usable} usable"
        if _differ(plan, c + m - s + before, instance.received(oldest, oldest)):
            yield f"[4b] day {t}: supplied {c} + outdated {m} - carry {s} + carry before {before} do not balance"


def _terminal(instance: Instance, plan: Plan) -> Iterator[str]:
    left = instance.requested_units - sum(sum(row) for row in plan.supplied_by_class.values())
    if instance.terminal_rule == "no_growth" and _exceeds(plan, left, instance.backlog_units):
        yield f"[5] no_growth: {left} open after the last day, {instance.backlog_units} before the first"
    if instance.terminal_rule == "clear" and _exceeds(plan, left, 0):
        yield f"[5] clear: {left} open after the last day"


def _bookkeeping(instance: Instance, plan: Plan) -> Iterator[str]:  # noqa: ARG001 - all rules are called alike
    claims = (
        ("external_units (z1)", plan.external_units, sum(plan.external_by_day)),
        ("l", plan.least_internal, min(plan.internal_by_day)),
        ("h", plan.most_internal, max(plan.internal_by_day)),
        ("range (z2)", plan.range, plan.most_internal - plan.least_internal),
        ("outdates", plan.outdates, sum(plan.outdated_by_day)),
    )
    for name, claimed, counted in claims:
        if _differ(plan, claimed, counted):
            yield f"{name} is given as {claimed}, counted {counted}"


def _traceability(instance: Instance, plan: Plan) -> Iterator[str]:
    """Each unit's way, oldest first: from its lot to the day it is supplied or outdated."""
    life = instance.shelf_life_days
    lots = {k: float(instance.received(k, k)) for k in range(2 - life, instance.horizon_days + 1)}
    for t in instance.days:
        wanted = plan.internal_by_day[t - 1]
        for k in range(max(2 - life, t - life + 1), t + 1):
            taken = min(wanted, lots[k])
            lots[k] -= taken
            wanted -= taken
        if _exceeds(plan, wanted, 0):
            yield f"trace, day {t}: {wanted} supplied units come from no lot on the shelf"
        outdated = lots[t - life + 1]
        if _differ(plan, plan.outdated_by_day[t - 1], outdated):
            yield f"trace, day {t}: {plan.outdated_by_day[t - 1]} units outdated, oldest first leaves {outdated}"
        carry = sum(instance.received(k, k) - lots[k] for k in range(t - life + 2, t + 1))
        if _differ(plan, plan.carry_by_day[t - 1], carry):
            yield f"trace, day {t}: carry {plan.carry_by_day[t - 1]}, oldest first gives {carry}"


RULES: tuple[Callable[[Instance, Plan], Iterator[str]], ...] = (
    _supply,
    _requests,
    _stock,
    _terminal,
    _bookkeeping,
    _traceability,
)


def _differ(plan: Plan, left: float, right: float) -> bool:
    return not abs(left - right) <= _forgiven(plan)


def _exceeds(plan: Plan, left: float, right: float) -> bool:
    return not left <= right + _forgiven(plan)


def _forgiven(plan: Plan) -> float:
    return 0.0 if plan.integer else ROUNDING
