"""What every page asks first: who is there, may they open it, and which run is on the table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any
from urllib.parse import urlencode

import pandas as pd
from fastapi import Depends, Request, Response
from starlette.datastructures import State

from hemoflow.asof.engine import open_view
from hemoflow.cockpit.access import CHANGERS, DECIDERS, PATIENTS, Person, require, signed_in
from hemoflow.cockpit.columns import Column
from hemoflow.cockpit.desk import Desk, cached_bytes
from hemoflow.cockpit.questions import Condition, Slice
from hemoflow.cockpit.render import desk_of, show
from hemoflow.cockpit.site import PAGES
from hemoflow.domain.errors import PolicyError
from hemoflow.domain.policy import Policy, load_policy
from hemoflow.domain.refs import cut_instant
from hemoflow.schemas.results import RESULTS
from hemoflow.store import STANDING, RunStatus, VaultKeys

LAKE_QUESTIONS = ("capacity", "issued")
"""What pages ask of the lake itself: no result of a run has it."""
PAPER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
Files = tuple[tuple[str, tuple[str, ...]], ...]
"""Files of the lake by canonical table."""
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


@dataclass(frozen=True, slots=True)
class Listing:
    """A page that lists rows of one result, some at a time.

    Attributes:
        path: Where the page is.
        table: The result.
        title: Its heading.
        lead: A sentence under it.
        columns: What is shown.
        order: Columns to sort by, ``-`` in front of one for descending.
        choices: Columns whose values one may choose from, and what the choice is called.
        searches: Columns whose beginning one may type in, and what the field is called.
    """

    path: str
    table: str
    title: str
    lead: str
    columns: tuple[Column, ...]
    order: tuple[str, ...]
    choices: Mapping[str, str] = field(default_factory=dict)
    searches: Mapping[str, str] = field(default_factory=dict)


def show_rows(
    request: Request,
    person: Person,
    desk: Desk | None,
    listing: Listing,
    conditions: Sequence[Condition] = (),
    add: Callable[[Desk, pd.DataFrame], pd.DataFrame] | None = None,
    template: str = "rows.html",
    unless_asked: Mapping[str, str] = MappingProxyType({}),
    **facts: Any,  # noqa: ANN401 - what the template wants
) -> Response:
    """A page of rows: filtered and turned as the address says, noted in the ledger when the rows are about patients.

    Args:
        request: The request, whose query names filters and page.
        person: Who asks.
        desk: The run on the table.
        listing: What is listed.
        conditions: What the rows must have beside the filters.
        add: Puts columns of other results beside the rows that are shown.
        template: A page that builds on ``rows.html``.
        unless_asked: What the page asks for where the address does not, so that links and exports ask the same.
        facts: What that page wants beside the rows.
    """
    filters = filters_of(request, listing)
    found, columns, counts = None, listing.columns, {}
    if desk is not None:
        found = desk.slice(
            listing.table, order=listing.order, conditions=[*filtered(filters, listing), *conditions],
            page=_number(request.query_params.get("page", "")),
        )  # fmt: skip
        counts = desk.counts(listing.table, list(listing.choices))
        found = replace(found, rows=add(desk, found.rows)) if add else found
        if "patient_id" in RESULTS[listing.table].columns and person.role in PATIENTS:
            note_patients_seen(request, person, desk, listing.path[1:])
            found, columns = _with_names(request, person, desk, found, columns)
    may_change = may_act(person, desk, listing.table)
    shown = {"may_change": may_change, "hand": "By hand" if may_change else ""} | facts
    return show(
        request, person, template, desk=desk, title=listing.title, listing=listing, columns=columns, found=found,
        filters=filters, counts=counts, kept=kept_query(request, unless_asked), **shown,
    )  # fmt: skip


def may_act(person: Person, desk: Desk | None, table: str) -> bool:
    """Whether the person may change rows of a draft, or decide about the visits of a run that stands."""
    if desk is None:
        return False
    return (person.role in CHANGERS.get(table, ()) and desk.run.status is RunStatus.DRAFT) or (
        person.role in DECIDERS.get(table, ()) and desk.run.status in STANDING
    )


def filters_of(request: Request, listing: Listing) -> dict[str, str]:
    """What the address asks for, by column; empty where it asks for nothing."""
    return {name: request.query_params.get(name, "").strip() for name in (*listing.choices, *listing.searches)}


def filtered(filters: Mapping[str, str], listing: Listing) -> list[Condition]:
    """The conditions that the filters stand for."""
    return [
        Condition(name, "starts" if name in listing.searches else "=", value)
        for name, value in filters.items()
        if value
    ]


def kept_query(request: Request, unless_asked: Mapping[str, str]) -> str:
    """The query of the address without run and page: what links to other pages and exports keep."""
    asked = {**unless_asked, **request.query_params}
    return urlencode({name: value for name, value in asked.items() if name not in {"run", "page"} and value})


def _number(words: str) -> int:
    return int(words) if words.isdecimal() else 1


def _with_names(
    request: Request, person: Person, desk: Desk, found: Slice, columns: tuple[Column, ...]
) -> tuple[Slice, tuple[Column, ...]]:
    """The rows with the patients' names beside the pseudonyms, where the vault is on; showing them is noted."""
    secret = request.app.state.settings.vault_key.get_secret_value()
    if not secret:
        return found, columns
    known = desk.store.identities(VaultKeys(secret), found.rows["patient_id"])
    told = {who: f"{identity.name} {identity.hospital_number}".strip() for who, identity in known.items()}
    desk.store.note("view", desk.run.run_id, person.name, "", {"page": request.url.path, "names": len(told)})
    named = replace(found, rows=found.rows.assign(patient_name=found.rows["patient_id"].map(told)))
    at = [column.name for column in columns].index("patient_id") + 1
    return named, (*columns[:at], Column("patient_name", "Name"), *columns[at:])


def policy_of(state: State, desk: Desk) -> Policy:
    """The run's policy profile; one that was given by path goes by the name of the house's own."""
    return _policy(desk.run.key.policy_sha256, desk.run.policy_name, state.settings.policy)


@lru_cache(maxsize=16)
def _policy(_sha256: str, name: str, houses: str) -> Policy:
    try:
        return load_policy(name)
    except PolicyError:
        return load_policy(houses)


def known(state: State, desk: Desk, question: str) -> pd.DataFrame:
    """What was known at the cut of the run: ``capacity``, or what was ``issued`` on the day before it."""
    clock, threads = policy_of(state, desk).clock, state.settings.threads
    paths = state.store.active_paths()
    cut_at = cut_instant(desk.run.as_of, clock.cut_hour, clock.time_zone)
    files = tuple((table, tuple(map(str, each))) for table, each in sorted(paths.items()))
    return _known(question, files, cut_at, clock.time_zone, threads).copy()


@lru_cache(maxsize=32)
def _known(question: str, files: Files, cut_at: datetime, time_zone: str, threads: int) -> pd.DataFrame:
    """The files of the lake are named by their content, so that the same question to them has the same answer."""
    with open_view(dict(files), cut_at, time_zone=time_zone, threads=threads) as view:
        return view.capacity() if question == "capacity" else view.issue_history(1)


OnTable = Annotated[Desk | None, Depends(desk_of)]


def paper_of(path: Path) -> Response:
    """A page that was written before, under the policy of papers: nothing but their own styles."""
    media = "image/svg+xml" if path.suffix == ".svg" else "text/html; charset=utf-8"
    return Response(
        cached_bytes(str(path), path.stat().st_mtime), media_type=media,
        headers={"Content-Security-Policy": PAPER_POLICY},
    )  # fmt: skip
