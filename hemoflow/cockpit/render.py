"""Pages from templates, with what every page shows: who is signed in, which run, where one can go."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from fastapi import Request, status
from fastapi.responses import HTMLResponse

from hemoflow.cockpit.access import APPROVERS, Person, form_token
from hemoflow.cockpit.columns import cells
from hemoflow.cockpit.desk import Desk
from hemoflow.cockpit.site import PAGES
from hemoflow.domain.errors import UsageError
from hemoflow.reports.exports import SHEET_ROWS
from hemoflow.reports.pages import FILTERS, STYLE
from hemoflow.store import RunRecord, RunStatus, Store

STATIC = Path(__file__).with_name("static")
CHOICES = 60
"""Runs to choose from in the header."""
IN_FORCE = (RunStatus.APPROVED, RunStatus.DRAFT, RunStatus.STATUS_ONLY)
"""What a run must be to stand for its day."""


def page(request: Request, template: str, *, code: int = status.HTTP_200_OK, **facts: Any) -> HTMLResponse:  # noqa: ANN401
    """A page for anybody, signed in or not."""
    shared = {"path": request.url.path, "person": None, "desk": None, "nav": (), "token": form_token(request)}
    text = _environment().get_template(template).render(**(shared | facts))
    return HTMLResponse(text, status_code=code)


def show(
    request: Request,
    person: Person,
    template: str,
    *,
    desk: Desk | None,
    **facts: Any,  # noqa: ANN401 - what the template wants
) -> HTMLResponse:
    """A page of the cockpit for a person who has signed in."""
    store: Store = request.app.state.store
    run = desk.run if desk else None
    return page(
        request,
        template,
        person=person,
        desk=desk,
        run=run,
        header=desk.header if desk else None,
        may_approve=bool(run) and person.role in APPROVERS and run is not None and run.status is RunStatus.DRAFT,
        nav=[entry for entry in PAGES if person.role in entry.roles],
        choices=[each for each in store.runs(CHOICES) if each.status in (*IN_FORCE, RunStatus.SUPERSEDED)],
        notice=request.session.pop("notice", ""),
        prefect_url=_prefect(request),
        prefect_run=_prefect_run(_prefect(request), desk),
        **facts,
    )


def desk_of(request: Request) -> Desk | None:
    """The run that the person looks at: the chosen one, else the newest that is published; None without any."""
    store: Store = request.app.state.store
    wanted = request.query_params.get("run") or request.session.get("run")
    run = _found(store, wanted) if wanted else None
    if run is None:
        run = newest(store)
    elif request.query_params.get("run"):
        request.session["run"] = run.run_id
    return Desk(store, run) if run else None


def newest(store: Store) -> RunRecord | None:
    """The newest run that stands for its day."""
    return next((each for each in store.runs(CHOICES) if each.status in IN_FORCE), None)


def read_templates() -> None:
    """Read every template once, so that nobody waits for it later."""
    for name in _environment().list_templates(extensions=["html"]):
        _environment().get_template(name)


def _prefect(request: Request) -> str:
    address: str = request.app.state.settings.prefect_ui_url
    return address.rstrip("/")


def _prefect_run(address: str, desk: Desk | None) -> str:
    """The page in Prefect of whatever made the run last, where its log is; without a record of that, all runs."""
    made = desk.made_by if desk and address else ""
    return f"{address}/runs/flow-run/{made}" if made else f"{address}/runs"


def _found(store: Store, words: str) -> RunRecord | None:
    try:
        return store.run(words)
    except UsageError:
        return None


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader(name) for name in ("hemoflow.cockpit", "hemoflow.reports")]),
        autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.globals.update(sheet_rows=SHEET_ROWS, release=_release())
    environment.filters.update({filter_.__name__: filter_ for filter_ in FILTERS} | {"cells": cells})
    return environment


def _release() -> str:
    """Names the styles and the script by their content, so that browsers may keep them until they change."""
    files = [STYLE, *sorted(STATIC.iterdir())]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]
