"""Feasible circulation by maximum flow (Dinic's algorithm), in whole numbers; nothing here knows what flows.

Hoffman's theorem: a circulation with lower and upper bounds exists unless some set of nodes must take in more (lower
bounds) than it can let out (upper bounds). When there is none, that set is returned as the proof.
"""

from collections import deque
from collections.abc import Hashable, Iterable

Edge = tuple[Hashable, Hashable, int, int]
"""Tail, head, least flow, most flow."""


def blocking_set(edges: Iterable[Edge]) -> set[Hashable] | None:
    """None when a circulation exists; else a set of nodes whose lower bounds in exceed its upper bounds out."""
    network = _Network()
    source, sink = network.node(("source of lower bounds",)), network.node(("sink of lower bounds",))
    owed = 0
    for tail, head, least, most in edges:
        network.add(network.node(tail), network.node(head), most - least)
        network.add(source, network.node(head), least)
        network.add(network.node(tail), sink, least)
        owed += least
    while any(level := network.levels(source)) and level[sink]:
        while sent := network.push(source, sink, level):
            owed -= sent
    return None if owed == 0 else {name for name, node in network.nodes.items() if level[node] and node != source}


class _Network:
    """Residual network; edge ``e`` and its reverse ``e ^ 1`` are neighbours in the lists."""

    def __init__(self) -> None:
        self.nodes: dict[Hashable, int] = {}
        self.leaving: list[list[int]] = []
        self.head: list[int] = []
        self.room: list[int] = []
        self.next: list[int] = []

    def node(self, name: Hashable) -> int:
        """The number of a node, given on first mention."""
        if name not in self.nodes:
            self.nodes[name] = len(self.leaving)
            self.leaving.append([])
        return self.nodes[name]

    def add(self, tail: int, head: int, room: int) -> None:
        """An edge that may carry up to ``room``."""
        if room > 0:
            self.leaving[tail].append(len(self.head))
            self.leaving[head].append(len(self.head) + 1)
            self.head += [head, tail]
            self.room += [room, 0]

    def levels(self, source: int) -> list[int]:
        """Steps from the source plus one over edges with room; 0 is out of reach."""
        level = [0] * len(self.leaving)
        level[source] = 1
        queue = deque([source])
        while queue:
            node = queue.popleft()
            for edge in self.leaving[node]:
                if self.room[edge] and not level[self.head[edge]]:
                    level[self.head[edge]] = level[node] + 1
                    queue.append(self.head[edge])
        self.next = [0] * len(level)
        return level

    def push(self, source: int, sink: int, level: list[int]) -> int:
        """Send as much as fits along one shortest path; 0 when none is left in these levels."""
        path: list[int] = []
        node = source
        while node != sink:
            edge = self._step(node, level)
            if edge is not None:
                path.append(edge)
                node = self.head[edge]
            elif path:
                node = self.head[path.pop() ^ 1]
                self.next[node] += 1
            else:
                return 0
        sent = min(self.room[edge] for edge in path)
        for edge in path:
            self.room[edge] -= sent
            self.room[edge ^ 1] += sent
        return sent

    def _step(self, node: int, level: list[int]) -> int | None:
        leaving = self.leaving[node]
        while self.next[node] < len(leaving):
            edge = leaving[self.next[node]]
            if self.room[edge] and level[self.head[edge]] == level[node] + 1:
                return edge
            self.next[node] += 1
        return None
