"""The supply problem of a region: frozen, and refused whole when anything in it makes no sense."""

from collections.abc import Mapping
from dataclasses import dataclass

from hemoflow.domain.errors import InputError
from hemoflow.domain.units import Component
from optimization.network.parts import Earlier, External, Link, Lot, Request, Site, StockTarget, Substitution
from optimization.network.problem_rules import faults


@dataclass(frozen=True, slots=True)
class NetworkProblem:
    """Everything that the network program knows. All units are whole.

    Attributes:
        name: Repeated in the plan.
        horizon_days: T, at least 1.
        terminal_rule: ``no_growth``, ``clear`` or ``free``: what may stay open after day T, by component.
        shelf_life_days: Life of a fresh unit by component; the day of collection is the first.
        sites: The laboratories.
        lots: Stock and receipts.
        requests: Open and expected requests.
        substitutions: The allowed pairs of groups.
        links: Ways of transfer.
        externals: Ways to get units from outside.
        targets: Safety and terminal stock.
        earlier: Transfers and orders of yesterday's plan; up to their last day, changes are counted by a rung.

    Raises:
        InputError: Something makes no sense; every problem is in the one message.
    """

    name: str
    horizon_days: int
    terminal_rule: str
    shelf_life_days: Mapping[Component, int]
    sites: tuple[Site, ...]
    lots: tuple[Lot, ...]
    requests: tuple[Request, ...]
    substitutions: tuple[Substitution, ...]
    links: tuple[Link, ...] = ()
    externals: tuple[External, ...] = ()
    targets: tuple[StockTarget, ...] = ()
    earlier: tuple[Earlier, ...] = ()

    def __post_init__(self) -> None:
        """Refuse nonsense, so that whoever holds a problem may rely on it."""
        problems = faults(self)
        if problems:
            count = f"{len(problems)} problem{'s' * (len(problems) > 1)}"
            raise InputError(f"The network {self.name!r} has {count}: {'; '.join(problems)}.", remedy="Mend them all.")

    @property
    def days(self) -> range:
        """Days 1 to T."""
        return range(1, self.horizon_days + 1)

    @property
    def closed(self) -> frozenset[tuple[str, int]]:
        """Sites and days without issue, transfer or planned delivery."""
        return frozenset((site.name, t) for site in self.sites for t in site.closed_days)
