"""One browser for all page tests."""

import pytest

from tests.chromium import chromium


@pytest.fixture(scope="session")
def browser():
    with chromium() as running:
        yield running
