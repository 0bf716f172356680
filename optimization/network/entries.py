"""The entries of a problem as columns of numbers: names are ranked in their order, so that sorting is the same."""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.units import Component
from optimization.network.arrays import Flags, Whole, whole
from optimization.network.parts import Lot, Request
from optimization.network.problem import NetworkProblem

GROUPS = sorted(BloodGroup)


class Names:
    """Numbers of a problem's names.

    Attributes:
        sites: By name, in the problem's order.
        components: By component.
        groups: By blood group.
        limits: Freshness limits in days by component, strictest first.
    """

    def __init__(self, problem: NetworkProblem) -> None:
        self.sites = {site.name: number for number, site in enumerate(problem.sites)}
        self.components = {name: number for number, name in enumerate(sorted(problem.shelf_life_days))}
        self.groups = {group: number for number, group in enumerate(GROUPS)}
        ages: dict[Component, set[int]] = {name: set() for name in self.components}
        for component, age in {(r.component, r.most_age_days) for r in problem.requests}:
            if age is not None:
                ages[component].add(age)
        self.limits: Mapping[Component, tuple[int, ...]] = {name: tuple(sorted(ages[name])) for name in ages}

    @property
    def limit_table(self) -> Whole:
        """Limits by component and rank; -1 beyond a component's own."""
        table = np.full((len(self.components), max((len(own) for own in self.limits.values()), default=0)), -1)
        for name, number in self.components.items():
            table[number, : len(self.limits[name])] = self.limits[name]
        return table.astype(np.int64)


class LotColumns(NamedTuple):
    """Lots that the plan may use: numbers of names, days and units."""

    site: Whole
    component: Whole
    group: Whole
    attributes: Whole
    from_day: Whole
    collected: Whole
    last: Whole
    units: Whole

    def only(self, which: Flags) -> "LotColumns":
        """Some of the rows."""
        return LotColumns(*(column[which] for column in self))


class RequestColumns(NamedTuple):
    """Requests of at least one unit; ``position`` is that in the problem."""

    site: Whole
    component: Whole
    group: Whole
    freshness: Whole
    requires: Whole
    tier: Whole
    urgency: Whole
    day: Whole
    units: Whole
    position: Whole


def lot_columns(names: Names, lots: Sequence[Lot], attributes: Mapping[tuple[str, ...], int]) -> LotColumns:
    """Lots as columns."""
    site, component, group, held, first, collected, last, units, reserved, quarantined = fields(
        lots,
        (
            "site", "component", "blood_group", "attributes", "from_day", "collected_day", "last_usable_day", "units",
            "reserved_units", "quarantined_units",
        ),
    )  # fmt: skip
    return LotColumns(
        ranks(site, names.sites),
        ranks(component, names.components),
        ranks(group, names.groups),
        ranks(held, attributes),
        whole(first),
        whole(collected),
        whole(last),
        whole(units) - whole(reserved) - whole(quarantined),
    )


def request_columns(
    names: Names, requests: Sequence[Request], required: Mapping[tuple[str, ...], int], *, is_roomy: bool
) -> RequestColumns:
    """Requests as columns, those of no unit left out unless they hold room."""
    site, component, group, age, requires, tier, urgency, day, units = fields(
        requests,
        (
            "site", "component", "blood_group", "most_age_days", "requires", "shortage_tier", "urgency", "day", "units",
        ),
    )  # fmt: skip
    kinds = {pair: _freshness(names, *pair) for pair in set(zip(component, age, strict=True))}
    columns = RequestColumns(
        ranks(site, names.sites),
        ranks(component, names.components),
        ranks(group, names.groups),
        ranks(list(zip(component, age, strict=True)), kinds),
        ranks(requires, required),
        whole(tier),
        whole(urgency),
        whole(day),
        whole(units),
        np.arange(len(requests)),
    )
    return RequestColumns(*(column[(columns.units > 0) | is_roomy] for column in columns))


def fields(entries: Sequence[object], names: Sequence[str]) -> Iterable[tuple]:  # type: ignore[type-arg] # any kind
    """Columns of some attributes."""
    return zip(*map(attrgetter(*names), entries), strict=True) if entries else [()] * len(names)


def ranks(values: Sequence[object], number: Mapping) -> Whole:  # type: ignore[type-arg] # keys of any kind
    """Numbers of names."""
    return np.fromiter(map(number.__getitem__, values), np.int64, len(values))


def _freshness(names: Names, component: Component, age: int | None) -> int:
    limits = names.limits[component]
    return len(limits) if age is None else limits.index(age)
