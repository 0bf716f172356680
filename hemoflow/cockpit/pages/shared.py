"""What every page asks first: who is there, may they open it, and which run is on the table."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request

from hemoflow.asof.engine import View, open_view
from hemoflow.cockpit.access import PATIENTS, Person, require, signed_in
from hemoflow.cockpit.columns import Column
from hemoflow.cockpit.desk import Desk, Slice
from hemoflow.cockpit.render import desk_of
from hemoflow.cockpit.site import PAGES
from hemoflow.domain.errors import PolicyError
from hemoflow.domain.policy import Policy, load_policy
from hemoflow.domain.refs import cut_instant
from hemoflow.store import VaultKeys

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


def with_names(
    request: Request, person: Person, desk: Desk | None, found: Slice | None, columns: Sequence[Column]
) -> tuple[Slice | None, Sequence[Column]]:
    """The rows with the patients' names beside the pseudonyms, where the vault is on and the person looks after them.

    Showing names is written into the ledger.
    """
    secret = request.app.state.settings.vault_key.get_secret_value()
    if not secret or desk is None or found is None or person.role not in PATIENTS:
        return found, columns
    known = desk.store.identities(VaultKeys(secret), found.rows["patient_id"])
    told = {who: f"{identity.name} {identity.hospital_number}".strip() for who, identity in known.items()}
    desk.store.note("view", desk.run.run_id, person.name, "", {"page": request.url.path, "names": len(told)})
    named = replace(found, rows=found.rows.assign(patient_name=found.rows["patient_id"].map(told)))
    at = [column.name for column in columns].index("patient_id") + 1
    return named, (*columns[:at], Column("patient_name", "Name"), *columns[at:])


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
