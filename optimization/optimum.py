"""Both optima of an instance by methods that are not the program: they judge what the solver claims.

The first rung by a greedy sweep over days, the second by exact cutting planes: a point (l, h) is tried by a feasible
circulation over explicit lots; when there is none, Hoffman's blocking set is a line that no feasible point crosses.
"""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from math import ceil, floor

from optimization.flow import Edge, blocking_set
from optimization.problem import Instance

Request = tuple[int, int, int]
"""First day, last day, units."""
Cut = tuple[int, int, int]
"""Slope a, weight b, limit g: every feasible l and width w = h - l satisfy a l - b w <= g."""
NO_LIMIT = 10**18


def least_external_units(instance: Instance, requests: Sequence[Request] | None = None) -> int:
    """z1: what matching units to requests leaves to the outside.

    Requests due within the horizon must be supplied; of the others, ``clear`` asks for all and ``no_growth`` for as
    many as keep the number of open requests from growing.

    Args:
        instance: The data.
        requests: Other windows for its requests, for a planner who asks what a later deadline would save.
    """
    T, asked = instance.horizon_days, list(windows(instance)) if requests is None else requests
    due = [request for request in asked if request[1] <= T]
    every = [(first, min(last, T), units) for first, last, units in asked]
    due_units = sum(units for _, _, units in due)
    if instance.terminal_rule == "clear":
        return instance.requested_units - _most_matched(instance, every)
    matched = _most_matched(instance, due)
    if instance.terminal_rule == "free":
        return due_units - matched
    further = max(0, instance.requested_units - instance.backlog_units - due_units)
    return due_units - matched + max(0, further - (_most_matched(instance, every) - matched))


def least_range(instance: Instance, external_units: int, *, integer: bool) -> Fraction:
    """z2: the least range of daily internal supply with at most ``external_units`` units from outside.

    Args:
        instance: The data.
        external_units: z1; with fewer there is no plan.
        integer: Whether the bounds of daily supply are whole.
    """
    cuts: list[Cut] = [(-1, 0, 0)]
    width = _least_width(cuts)
    while True:
        width = Fraction(ceil(width)) if integer else width
        least, most = _interval(cuts, width)
        least = Fraction(ceil(least)) if integer else least
        if most is not None and least > (floor(most) if integer else most):
            width += 1
            continue
        cut = _violated_cut(instance, external_units, least, least + width)
        if cut is None:
            return width
        cuts.append(cut)
        width = max(width, _least_width(cuts))


def _most_matched(instance: Instance, requests: list[Request]) -> int:
    """Most requests that units of the system can supply: never before something must happen, earliest end first."""
    by_end = {k + instance.shelf_life_days - 1: units for k, units in lots(instance)}
    left = {(last, first): 0 for first, last, _ in requests}
    for first, last, units in requests:
        left[last, first] += units
    matched = 0
    for t in instance.days:
        due = [key for key in sorted(left) if key[0] == t]
        on_shelf = [end for end in sorted(by_end) if t <= end <= t + instance.shelf_life_days - 1]
        matched += sum(_match(by_end, end, left, key) for key in due for end in on_shelf)
        open_keys = [key for key in sorted(left) if key[1] <= t < key[0]]
        matched += sum(_match(by_end, t, left, key) for key in open_keys if t in by_end)
    return matched


def _match(by_end: dict[int, int], end: int, left: dict[tuple[int, int], int], key: tuple[int, int]) -> int:
    units = min(by_end[end], left[key])
    by_end[end] -= units
    left[key] -= units
    return units


def lots(instance: Instance) -> Iterator[tuple[int, int]]:
    """Day of collection and units of every lot."""
    for k in range(2 - instance.shelf_life_days, instance.horizon_days + 1):
        if units := instance.received(k, k):
            yield k, units


def windows(instance: Instance) -> Iterator[Request]:
    """First day, last day and units of all requests of a class made on a day."""
    for u in instance.urgency_deadlines_days:
        for k in range(1 - u, instance.horizon_days + 1):
            if units := instance.requested(u, k, k):
                yield max(k, 1), k + u, units


def _least_width(cuts: list[Cut]) -> Fraction:
    """The least w for which some l fits all cuts: rising against falling lines, two by two."""
    width = Fraction(0)
    for a, b, g in cuts:
        if a == 0:
            width = max(width, Fraction(-g, b))
        for p, q, h in cuts if a < 0 else []:
            if p > 0 and b * p - q * a > 0:
                width = max(width, Fraction(a * h - p * g, b * p - q * a))
    return width


def _interval(cuts: list[Cut], width: Fraction) -> tuple[Fraction, Fraction | None]:
    """Least and greatest l at a width; None is no limit."""
    least = max((g + b * width) / Fraction(a) for a, b, g in cuts if a < 0)
    most = [(g + b * width) / Fraction(a) for a, b, g in cuts if a > 0]
    return least, min(most, default=None)


def _violated_cut(instance: Instance, external_units: int, least: Fraction, most: Fraction) -> Cut | None:
    """None when a plan with daily supply between the bounds exists; else a line that cuts this point off."""
    scale = (least - most).denominator * least.denominator
    fixed = list(edges(instance, external_units))
    shelf = [(("shelf", t), ("supply", t)) for t in instance.days]
    scaled = [(tail, head, low * scale, high * scale) for tail, head, low, high in fixed]
    scaled += [(tail, head, int(least * scale), int(most * scale)) for tail, head in shelf]
    inside = blocking_set(scaled)
    if inside is None:
        return None
    leaving = sum(high for tail, head, _, high in fixed if tail in inside and head not in inside)
    entering = sum(low for tail, head, low, _ in fixed if tail not in inside and head in inside)
    out = sum(tail in inside and head not in inside for tail, head in shelf)
    into = sum(tail not in inside and head in inside for tail, head in shelf)
    return into - out, out, leaving - entering


def edges(instance: Instance, external_units: int) -> Iterable[Edge]:
    """Everything but the edges of daily internal supply: lots, external units, requests and the terminal rule."""
    T = instance.horizon_days
    for k, units in lots(instance):
        yield "source", ("lot", k), 0, units
        for t in range(max(k, 1), min(k + instance.shelf_life_days - 1, T) + 1):
            yield ("lot", k), ("shelf", t), 0, NO_LIMIT
    yield "source", "outside", 0, external_units
    for t in instance.days:
        yield "outside", ("supply", t), 0, NO_LIMIT
    for number, (first, last, units) in enumerate(windows(instance)):
        for t in range(first, min(last, T) + 1):
            yield ("supply", t), ("request", number), 0, NO_LIMIT
        must = last <= T or instance.terminal_rule == "clear"
        yield ("request", number), "sink", units if must else 0, units
    new_units = instance.requested_units - instance.backlog_units
    yield "sink", "source", new_units if instance.terminal_rule == "no_growth" else 0, NO_LIMIT
