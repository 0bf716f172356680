"""Stage 0: fetch what is new on the servers among the sources, into deliveries that stage 1 loads.

A task belongs here when it waits for somebody else's machine; keep reading and loading out.
"""

import time
from datetime import UTC, datetime

from prefect import State, task
from prefect.cache_policies import NO_CACHE

from hemoflow.connectors.fhir.fetching import STEPS, Fetch, fetched_folder
from hemoflow.connectors.fhir.server import BusyServerError, Server
from hemoflow.connectors.registry import registered
from hemoflow.domain.errors import HemoflowError
from hemoflow.settings import Settings
from tasks.progress import logger, timed


def may_pass(_task: object, _run: object, state: State) -> bool:
    """A file on its way may arrive, and a busy server be free after the pause it asks for, which is kept here.

    A mistake that a person has to mend does not mend itself.
    """
    error = state.result(raise_on_failure=False)
    if isinstance(error, BusyServerError):
        time.sleep(error.pause_seconds)
        return True
    return not isinstance(error, HemoflowError)


@task(
    name="fetch-resources", task_run_name="fetch {step}", retries=6, retry_delay_seconds=[1, 2, 4, 8, 16, 32],
    retry_condition_fn=may_pass, cache_policy=NO_CACHE, persist_result=False,
)  # fmt: skip
def fetch_resources(address: str, step: str) -> int:
    """Fetch one file of a server's next delivery; a retry goes on after the last page that came whole."""
    found = _fetch(Settings(), address).step(step)
    logger().info("%s: %d resources", step, found)
    return found


def fetch_sources(settings: Settings, kind: str) -> list[HemoflowError]:
    """Fetch from each registered server (of one kind, or all); what could not be fetched, for others do not wait."""
    failed: list[HemoflowError] = []
    for source in registered(settings.home, settings.data):
        if source.server and kind in {"", source.kind}:
            try:
                _fetch_all(settings, source.server)
            except HemoflowError as error:
                failed.append(error)
    return failed


def _fetch_all(settings: Settings, address: str) -> None:
    with timed("history", "fetch"):
        for step in STEPS:
            fetch_resources(address, step)
        _fetch(settings, address).finish()


def _fetch(settings: Settings, address: str) -> Fetch:
    server = Server(address, settings.fhir_token.get_secret_value())
    return Fetch(server, fetched_folder(settings.home, address), datetime.now(UTC))
