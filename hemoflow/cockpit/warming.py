"""What the cockpit does before it lets anybody in, so that the first visitor waits no longer than others."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

from hemoflow.cockpit.desk import Desk
from hemoflow.cockpit.pages.shared import LAKE_QUESTIONS, known
from hemoflow.cockpit.render import newest, read_templates
from hemoflow.domain.errors import HemoflowError


@asynccontextmanager
async def warmed(app: FastAPI) -> AsyncIterator[None]:
    """Read the templates, and ask for the newest run what pages ask of the lake; what fails, a page tells in words."""
    read_templates()
    with suppress(HemoflowError):
        run = newest(app.state.store)
        if run is not None:
            desk = Desk(app.state.store, run)
            desk.count("open_requests")
            for question in LAKE_QUESTIONS:
                known(app.state, desk, question)
    yield
