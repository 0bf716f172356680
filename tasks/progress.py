"""Who is told what a run is doing: the terminal, when there is one.

This is the one place where a stage says that it starts and ends, so that the command line can show it without knowing
Prefect, and Prefect can run it without a terminal.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

Listener = Callable[[str, str, float | None], None]
"""Called with the logical day, the stage, and None at its start or the seconds it took at its end."""

_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Tell ``listener`` about every stage from now on."""
    _listeners.append(listener)


@contextmanager
def timed(day: str, stage: str) -> Iterator[None]:
    """Announce the beginning and the end of ``stage`` of ``day`` to every listener."""
    start = perf_counter()
    _announce(day, stage, None)
    yield
    _announce(day, stage, perf_counter() - start)


def _announce(day: str, stage: str, seconds: float | None) -> None:
    for listener in _listeners:
        listener(day, stage, seconds)
