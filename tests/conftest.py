"""One environment for every test; the engine's settings must be in place before Prefect is imported."""

import os

import pytest

from tests.chromium import chromium

os.environ.update(
    DO_NOT_TRACK="1",
    PREFECT_SERVER_ANALYTICS_ENABLED="false",
    PREFECT_LOGGING_TO_API_ENABLED="false",
    OMP_WAIT_POLICY="PASSIVE",
    PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE="50",
    PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE="50",
)


@pytest.fixture(scope="session")
def browser():
    """One browser for all pages; Playwright's plain interface allows one at a time in a process."""
    with chromium() as running:
        yield running
