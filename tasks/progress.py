"""Who is told what a run is doing, and how long its stages took.

This is the one place where a stage says that it starts and ends, so that the command line can show it, and Prefect can
run it without a terminal. Wall-clock facts go from here to the store's execution log; they
never reach a result file.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter

from prefect import get_run_logger
from prefect.context import FlowRunContext, TaskRunContext
from prefect.settings import PREFECT_API_URL

from hemoflow.domain.errors import HemoflowError

Listener = Callable[[str, str, float | None], None]
"""Called with the logical day, the stage, and None at its start or the seconds it took at its end."""


@dataclass(slots=True)
class Stopwatch:
    """What this process did for one logical day.

    Attributes:
        started_at: Instant of the first stage.
        seconds: Seconds by stage.
    """

    started_at: datetime
    seconds: dict[str, float] = field(default_factory=dict)


_listeners: list[Listener] = []
_watches: dict[str, Stopwatch] = {}


def in_prefect() -> bool:
    """Whether a Prefect run is under way here; a stage's own function also runs without one."""
    return FlowRunContext.get() is not None or TaskRunContext.get() is not None


def is_own_run() -> bool:
    """Whether the run under way was asked for by itself: the past days of a backfill make no news and no artifacts."""
    flow = FlowRunContext.get()
    return flow is not None and flow.flow_run is not None and flow.flow_run.parent_task_run_id is None


def flow_run_id() -> str:
    """The Prefect run under way, as its server names it; empty without a server that stays."""
    flow = FlowRunContext.get()
    return str(flow.flow_run.id) if PREFECT_API_URL.value() and flow and flow.flow_run else ""


def logger() -> "logging.Logger | logging.LoggerAdapter[logging.Logger]":
    """The run's log, which its page in Prefect shows; outside of a run, the program's."""
    return get_run_logger() if in_prefect() else logging.getLogger("hemoflow")


def listen(listener: Listener) -> None:
    """Tell ``listener`` about every stage from now on."""
    _listeners.append(listener)


@contextmanager
def timed(day: str, stage: str) -> Iterator[Stopwatch]:
    """Announce the beginning and the end of ``stage`` of ``day``, and note the seconds between on the watch."""
    watch = _watches.setdefault(day, Stopwatch(datetime.now(UTC)))
    start = perf_counter()
    _announce(day, stage, None)
    yield watch
    watch.seconds[stage] = round(perf_counter() - start, 3)
    _announce(day, stage, watch.seconds[stage])


def take(day: str) -> Stopwatch:
    """Stop the watch of ``day`` and hand it over."""
    return _watches.pop(day, Stopwatch(datetime.now(UTC)))


class InWords(logging.Filter):
    """Prefect logs an error with its traceback, in the task and in each flow around it; ours says itself, once."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is logged; what a person has to mend becomes one line."""
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, HemoflowError):
            return True
        is_new = error not in _said
        _said.append(error)
        record.msg, record.args, record.exc_info = f"{type(error).__name__}: {error}", (), None
        return is_new


_said: deque[HemoflowError] = deque(maxlen=16)
for _name in ("task_runs", "flow_runs", "engine"):
    logging.getLogger(f"prefect.{_name}").addFilter(InWords())


def _announce(day: str, stage: str, seconds: float | None) -> None:
    for listener in _listeners:
        listener(day, stage, seconds)
