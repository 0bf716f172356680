"""The variables of the network program as blocks of columns. Nothing is declared that must be zero."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optimization.network.arrays import Flags, Numbers, Whole, distinct, spread, whole
from optimization.network.changes import Changes
from optimization.network.figures import Figures, own_figures, read
from optimization.network.index import Index
from optimization.network.problem import NetworkProblem


@dataclass(frozen=True, slots=True)
class Block:
    """Variables of one kind, of at least 0.

    Attributes:
        name: Of the kind.
        key: Columns of what tells them apart.
        start: Number of the first among all columns of the program.
    """

    name: str
    key: tuple[Whole, ...]
    start: int

    def __len__(self) -> int:
        """How many."""
        return len(self.key[0])

    @property
    def all(self) -> Whole:
        """Their numbers among all columns."""
        return np.arange(self.start, self.start + len(self))

    def at(self, which: Whole | Flags) -> Whole:
        """Numbers of some of them."""
        return self.all[which]


class Network:
    """The sets, figures and variables that the equations are stated over.

    Args:
        problem: The data.
        is_smoothed: Whether the bounds of daily supply (E8) are wanted.
        is_roomy: Whether lots and requests of no unit hold room for the figures of another day.

    Attributes:
        index: The sets.
        figures: The units; another day's may be put in their place.
        changes: Rows of yesterday's plan beside what may be moved and ordered.
        blocks: The variables by name, in the order of their columns; each is an attribute of its own as well.
    """

    kept: Block
    issued: Block
    given: Block
    moved: Block
    supplied: Block
    waiting: Block
    shortage: Block
    external: Block
    ordered: Block
    safety_gap: Block
    terminal_gap: Block
    fewer: Block
    more: Block
    least: Block
    most: Block

    def __init__(self, problem: NetworkProblem, *, is_smoothed: bool = True, is_roomy: bool = False) -> None:
        self.problem, self.is_smoothed = problem, is_smoothed
        index = self.index = Index(problem, is_roomy=is_roomy)
        self.figures: Figures = own_figures(index)
        stands, gives, moves = index.stands, index.gives, index.moves
        self.blocks: dict[str, Block] = {}
        self.size = 0
        self._declare("kept", stands.site, stands.shelf, stands.day)
        self._declare("issued", *(column[index.issues] for column in (stands.site, stands.shelf, stands.day)))
        self._declare("given", gives.site, gives.pool, gives.ask, gives.day)
        self._declare("moved", moves.link, moves.shelf, moves.day)
        self._declare("supplied", *index.queue_days)
        self._declare("waiting", *index.waits)
        self._declare("shortage", *index.queue_days)
        self._declare("external", *index.directs[:3])
        self._declare("ordered", *index.orders[:2])
        self._declare("safety_gap", *self.guarded)
        terminal = whole([target.terminal_units for target in problem.targets])
        self._declare("terminal_gap", np.flatnonzero(terminal > 0))
        self.changes = Changes.of(problem, index)
        self._declare("fewer", *self.changes.key)
        self._declare("more", *self.changes.key)
        benches = np.arange(len(self.benches[0]) if is_smoothed else 0)
        self._declare("least", benches)
        self._declare("most", benches)

    def read(self, problem: NetworkProblem) -> Figures:
        """The figures of another day on the same sets.

        Raises:
            InputError: The other day needs a place that is not there.
        """
        return read(self.index, problem)

    def _declare(self, name: str, *key: Whole) -> None:
        self.blocks[name] = block = Block(name, key, self.size)
        setattr(self, name, block)
        self.size += len(block)

    @property
    def upper(self) -> Numbers:
        """Greatest value of each column."""
        bounds = np.full(self.size, np.inf)
        bounds[self.waiting.all] = self.figures.waits
        return bounds

    @property
    def can_be_served_from_outside(self) -> Flags:
        """Columns of shortage that need never be used: an unlimited source serves the same queue on the same day.

        What is asked can then be supplied from there on the day on which it is asked, whatever else the plan does.
        """
        index, directs = self.index, self.index.directs
        is_unlimited = np.array([source.units_a_day is None for source in self.problem.externals] or [False])
        is_served = np.zeros(len(index.desks.day), bool)
        is_served[directs.desk[is_unlimited[directs.source]]] = True
        row = np.arange(len(self.shortage))
        is_asked = self.figures.asked > 0
        queue_is_safe = np.ones(len(index.queues.site), bool)
        unsafe = row[is_asked & ~is_served[index.desk_of_queue_day]]
        queue_is_safe[self.shortage.key[0][unsafe]] = False
        can = np.zeros(self.size, bool)
        can[self.shortage.all] = queue_is_safe[self.shortage.key[0]]
        return can

    @cached_property
    def guarded(self) -> tuple[Whole, Whole]:
        """Stock targets with a safety stock, and each day."""
        target = np.flatnonzero(whole([target.safety_units for target in self.problem.targets]) > 0)
        row, day = spread(np.ones_like(target), np.full(len(target), self.index.T))
        return target[row], day

    @cached_property
    def target_of_stand(self) -> Whole:
        """The stock target that a stand's units count for after their day; -1 where there is none."""
        index, names = self.index, self.index.names
        table = np.full((len(self.problem.sites), len(names.components), len(names.groups)), -1)
        for n, own in enumerate(self.problem.targets):
            table[names.sites[own.site], names.components[own.component], names.groups[own.blood_group]] = n
        stands, shelves = index.stands, index.shelves
        target = table[stands.site, shelves.component[stands.shelf], shelves.group[stands.shelf]]
        return np.where(shelves.last[stands.shelf] > stands.day, target, -1)

    @cached_property
    def benches(self) -> tuple[Whole, Whole, Whole]:
        """Site, component and group of everything that is ever issued."""
        site, component, group = self._benches[0]
        return site, component, group

    @cached_property
    def bench_of_issue(self) -> Whole:
        """The bench of each stand that is issued from."""
        return self._benches[1]

    @cached_property
    def _benches(self) -> tuple[tuple[Whole, ...], Whole]:
        shelves, (site, shelf, _) = self.index.shelves, self.issued.key
        return distinct((site, shelves.component[shelf], shelves.group[shelf]))

    @cached_property
    def bench_days(self) -> tuple[Whole, Whole]:
        """Benches and the days on which their sites are open."""
        bench, day = np.nonzero(self.index.is_open[self.benches[0], 1 : self.index.T + 1])
        return bench, day + 1
