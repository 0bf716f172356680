"""Signs of life of a run inside another one.

A task belongs here when it tells the server that a run is alive; what is done about a silent one is written in
``deployments/prefect.yaml``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from threading import Event, Thread

from prefect.context import FlowRunContext
from prefect.events import emit_event
from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

EVERY_S = 30.0
"""The automation for silent runs waits for three of them."""


@contextmanager
def prefect_silent() -> Iterator[None]:
    """Let runs begun here send none of Prefect's own heartbeats: each run would wait a second to end them."""
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield


@contextmanager
def beating() -> Iterator[None]:
    """Send heartbeats like Prefect's for the run under way, and end at once; without a server nobody listens."""
    flow = FlowRunContext.get()
    if flow is None or flow.flow_run is None or not PREFECT_API_URL.value():
        yield
        return
    resource = {"prefect.resource.id": f"prefect.flow-run.{flow.flow_run.id}"}
    resource["prefect.resource.name"] = flow.flow_run.name
    ended = Event()
    thread = Thread(target=copy_context().run, args=(_beat, resource, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _beat(resource: dict[str, str], ended: Event) -> None:
    while not ended.is_set():
        emit_event("prefect.flow-run.heartbeat", resource=resource)
        ended.wait(EVERY_S)
