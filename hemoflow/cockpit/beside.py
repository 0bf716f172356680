"""A cockpit beside other work of the same process, for whoever drives it in a browser: pictures and tests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from hemoflow.cockpit.app import create_app
from hemoflow.cockpit.deeds import NO_DEEDS, Deeds
from hemoflow.domain.errors import StateError
from hemoflow.settings import Settings
from hemoflow.store import Store


@contextmanager
def served(settings: Settings, store: Store, deeds: Deeds = NO_DEEDS) -> Iterator[str]:
    """The address of a cockpit on a free port, as long as it is needed.

    Args:
        settings: Home folder and addresses.
        store: The store, open.
        deeds: What plans on request; without it, nobody can try anything.

    Raises:
        StateError: The cockpit did not start.
    """
    server = uvicorn.Server(uvicorn.Config(create_app(settings, store, deeds), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.05)
        if not thread.is_alive():
            raise StateError("The cockpit did not start.", remedy="What it wrote to the terminal says why.")
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
