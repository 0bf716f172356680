"""What every page asks first: who is there, may they open it, and which run is on the table."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request

from hemoflow.asof.engine import View, open_view
from hemoflow.cockpit.access import Person, require, signed_in
from hemoflow.cockpit.desk import Desk
from hemoflow.cockpit.render import desk_of
from hemoflow.cockpit.site import PAGES
from hemoflow.domain.errors import PolicyError
from hemoflow.domain.policy import Policy, load_policy
from hemoflow.domain.refs import cut_instant

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


def policy_of(request: Request, desk: Desk) -> Policy:
    """The run's policy profile; one that was given by path goes by the name of the house's own."""
    try:
        return load_policy(desk.run.policy_name)
    except PolicyError:
        return load_policy(request.app.state.settings.policy)


@contextmanager
def past(request: Request, desk: Desk) -> Iterator[View]:
    """Everything that was known at the cut of the run."""
    settings, clock = request.app.state.settings, policy_of(request, desk).clock
    cut_at = cut_instant(desk.run.as_of, clock.cut_hour, clock.time_zone)
    paths = request.app.state.store.active_paths()
    with open_view(paths, cut_at, time_zone=clock.time_zone, threads=settings.threads) as view:
        yield view


OnTable = Annotated[Desk | None, Depends(desk_of)]
