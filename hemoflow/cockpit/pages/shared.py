"""What every page asks first: who is there, may they open it, and which run is on the table."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from hemoflow.cockpit.access import Person, require, signed_in
from hemoflow.cockpit.desk import Desk
from hemoflow.cockpit.render import desk_of
from hemoflow.cockpit.site import PAGES

ROLES = {entry.path: (entry.roles, entry.title) for entry in PAGES}


def visitor(path: str) -> Callable[..., Person]:
    """A dependency: the person who has signed in and may open the page of a path."""
    roles, title = ROLES[path]

    def of(person: Annotated[Person, Depends(signed_in)]) -> Person:
        require(person, roles, title)
        return person

    return of


def note_patients_seen(request: Request, person: Person, desk: Desk | None, what: str) -> None:
    """Write into the ledger that a person opened rows about patients."""
    if desk is not None:
        request.app.state.store.note("view", desk.run.run_id, person.name, "", {"page": what})


OnTable = Annotated[Desk | None, Depends(desk_of)]
