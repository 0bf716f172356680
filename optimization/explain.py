"""Answers to a planner's questions about the program of one blood group, by small second solves without the program.

A second solve is exact where a dual is not: the dual of a whole-unit plan holds for a small change in one direction.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from optimization.flow import blocking_set
from optimization.optimum import NO_LIMIT, edges, least_external_units, lots, windows
from optimization.problem import Instance

MOST_NAMED = 6
"""Most kinds of requests named in an answer."""


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """Why units from outside are needed: requests that must be met, and all of ours that can reach them.

    Attributes:
        requests: Units by first and last day of the window.
        lots: Units by day of collection that can reach no more of them.
        asked_units: Units of the requests.
        own_units: Units of the lots.
        external_units: Least units from outside.
    """

    requests: dict[tuple[int, int], int]
    lots: dict[int, int]
    asked_units: int
    own_units: int
    external_units: int


def bottleneck(instance: Instance) -> Bottleneck | None:
    """The requests that force units from outside; None when none is needed.

    With one external unit less there is no circulation, and Hoffman's theorem gives the set of nodes that proves it.
    """
    external = least_external_units(instance)
    if not external:
        return None
    shelf = [(("shelf", t), ("supply", t), 0, NO_LIMIT) for t in instance.days]
    fed = blocking_set([*edges(instance, external - 1), *shelf]) or set()
    asked: Counter[tuple[int, int]] = Counter()
    for number, (first, last, units) in enumerate(windows(instance)):
        if ("request", number) not in fed and (last <= instance.horizon_days or instance.terminal_rule != "free"):
            asked[first, last] += units
    own = {k: units for k, units in lots(instance) if ("lot", k) not in fed}
    return Bottleneck(dict(sorted(asked.items())), own, asked.total(), sum(own.values()), external)


def worth_of_a_unit(instance: Instance) -> dict[int, int]:
    """External units saved by one more unit of ours, by its day of collection; days that save none are left out."""
    least, saved = least_external_units(instance), {}
    for k in range(2 - instance.shelf_life_days, instance.horizon_days + 1):
        fewer = least_external_units(_with_unit(instance, k))
        if fewer < least:
            saved[k] = least - fewer
    return saved


def binding_deadlines(instance: Instance) -> dict[tuple[int, int], int]:
    """External units saved if requests due on a day could wait one day more, by class and due day.

    Requests due on the last day are left out: a day more would only move them out of sight.
    """
    least, binding = least_external_units(instance), {}
    asked = list(zip(_classes(instance), windows(instance), strict=True))
    for due in range(1, instance.horizon_days):
        for u in instance.urgency_deadlines_days:
            if instance.requested(u, due - u, due - u):
                later = [(first, last + ((kind, last) == (u, due)), q) for kind, (first, last, q) in asked]
                if (saved := least - least_external_units(instance, later)) > 0:
                    binding[u, due] = saved
    return binding


def explain(instance: Instance) -> list[str]:
    """The answers in sentences: why units from outside are needed, what one more would be worth, what binds."""
    found = bottleneck(instance)
    if found is None:
        return ["No unit from outside is needed: every request can be met from stock and donations in time."]
    return [why(found), *_worth(worth_of_a_unit(instance)), *_binding(binding_deadlines(instance))]


def why(found: Bottleneck) -> str:
    """Why units from outside are needed, with the arithmetic."""
    ours = f"{found.own_units} units of ours can reach them"
    if found.lots:
        ours += f" (collected on days {_days(found.lots)})"
    words = f"{found.external_units} units from outside: {found.asked_units} units asked {_asked(found)}; {ours}"
    rest = found.external_units - (found.asked_units - found.own_units)
    if rest < 0:
        return f"{words}; {-rest} of the requests may stay open after the last day."
    return words + (f"; the rule for what may stay open after the last day asks for {rest}." if rest else ".")


def tightest_requests(instance: Instance) -> str:
    """The requests that leave a solver least room, for the message of a failed solve."""
    found = bottleneck(instance)
    words = "every request can be met from stock and donations" if found is None else why(found).rstrip(".")
    return f"Tightest requests: {words}."


def _with_unit(instance: Instance, k: int) -> Instance:
    if k < 1:
        return replace(instance, initial_stock={**instance.initial_stock, k: instance.received(k, k) + 1})
    return replace(instance, donations=tuple(units + (t == k) for t, units in enumerate(instance.donations, start=1)))


def _classes(instance: Instance) -> list[int]:
    """The class of each of the instance's windows."""
    days = range(1 - max(instance.urgency_deadlines_days), instance.horizon_days + 1)
    return [u for u in instance.urgency_deadlines_days for k in days if k > -u and instance.requested(u, k, k)]


def _asked(found: Bottleneck) -> str:
    kinds = [
        f"{units} on day {last}" if first == last else f"{units} from day {first} to {last}"
        for (first, last), units in found.requests.items()
    ]
    rest = len(kinds) - MOST_NAMED
    return f"({', '.join(kinds[:MOST_NAMED])}{f' and {rest} more' if rest > 0 else ''})"


def _worth(saved: dict[int, int]) -> Iterable[str]:
    if saved:
        yield f"One more unit of ours collected on any of the days {_days(saved)} would save a unit from outside."
    else:
        yield "One more unit of ours on any single day would save nothing."


def _binding(binding: dict[tuple[int, int], int]) -> Iterable[str]:
    if not binding:
        yield "No deadline binds: no request that could wait one day more would save a unit from outside."
    for (u, due), units in sorted(binding.items(), key=lambda entry: (-entry[1], entry[0]))[:MOST_NAMED]:
        yield f"The deadline of class {u} on day {due} binds: one day more would save {units} units from outside."


def _days(days: Iterable[int]) -> str:
    """Days as runs: -3 to 0, 4."""
    runs: list[list[Any]] = []
    for day in sorted(days):
        if runs and runs[-1][1] == day - 1:
            runs[-1][1] = day
        else:
            runs.append([day, day])
    return ", ".join(f"{first}" if first == last else f"{first} to {last}" for first, last in runs)
