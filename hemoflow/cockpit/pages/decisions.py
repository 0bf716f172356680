"""What people decide: approve a draft, change one of its rows, accept or defer a visit, answer for a home visit."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response, status
from fastapi.responses import RedirectResponse

from hemoflow.cockpit.access import (
    APPROVERS,
    CHANGERS,
    DECIDERS,
    Person,
    asked_of,
    require,
    require_token,
    signed_in,
)
from hemoflow.cockpit.desk import Desk
from hemoflow.cockpit.pages.forms import AnswerForm, WishForm
from hemoflow.cockpit.pages.shared import OnTable
from hemoflow.cockpit.site import HOME, PAGES
from hemoflow.domain.errors import StateError, UsageError
from hemoflow.reports.decided import WORDS

router = APIRouter()
Someone = Annotated[Person, Depends(signed_in)]


@router.post("/approve")
def approve(
    request: Request,
    person: Someone,
    run_id: Annotated[str, Form()],
    token: Annotated[str, Form()],
    seen: Annotated[int, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Approve the draft that the person had in view, under the person's name."""
    require_token(request, token)
    require(person, APPROVERS, "Approval")
    request.app.state.store.approve(run_id, person.name, reason, seen_changes=seen)
    request.session["notice"] = f"Run {run_id} is approved. From now on nothing can change it."
    return _back(request, person)


@router.post("/override/{table}")
def override(
    request: Request,
    person: Someone,
    desk: OnTable,
    table: str,
    key: Annotated[str, Form()],
    value: Annotated[str, Form()],
    reason: Annotated[str, Form()],
    token: Annotated[str, Form()],
) -> Response:
    """Change one row of the draft; what safety forbids is refused, whoever asks."""
    require_token(request, token)
    require(person, CHANGERS.get(table, frozenset()), f"A change of {table}")
    change = request.app.state.store.override(
        _on_table(desk).run.run_id, table, _key(key), _value(table, value), by=person.name, reason=reason
    )
    request.session["notice"] = f"Changed: {change.words}."
    return _back(request, person)


@router.post("/decide")
def decide(request: Request, person: Someone, desk: OnTable, form: Annotated[WishForm, Form()]) -> Response:
    """Accept or defer a visit of the worklist; what safety forbids is refused, whoever asks."""
    require_token(request, form.token)
    require(person, DECIDERS["worklist"], "A decision about a visit")
    run_id = _on_table(desk).run.run_id
    done = request.app.state.store.decide(run_id, form.patient_id, form.wish, by=person.name, reason=form.reason)
    request.session["notice"] = f"The visit of {done.patient_id} is {WORDS[done.wish.choice]}."
    return _back(request, person, form.at)


@router.post("/confirm")
def confirm(request: Request, person: Someone, desk: OnTable, form: Annotated[AnswerForm, Form()]) -> Response:
    """Answer for a home visit; what nobody has confirmed stays a no-go."""
    require_token(request, form.token)
    require(person, DECIDERS["go_no_go"], "A confirmation")
    run_id, said = _on_table(desk).run.run_id, form.said(asked_of(person))
    request.app.state.store.confirm(run_id, form.patient_id, said, by=person.name, reason=form.reason)
    request.session["notice"] = f"The answers for {form.patient_id} are on record."
    return _back(request, person, form.at)


def _on_table(desk: Desk | None) -> Desk:
    if desk is None:
        raise StateError("There is no run to decide on.", remedy="Run a day first.")
    return desk


def _back(request: Request, person: Person, row: str = "") -> Response:
    """The page that the form was on, when it is one of ours, at the row that it was about."""
    came_from = request.headers.get("referer", "").partition(request.headers.get("host", "?"))[2]
    path = came_from.partition("?")[0]
    known = {entry.path for entry in PAGES}
    place = f"#{row}" if row else ""
    return RedirectResponse(f"{came_from}{place}" if path in known else HOME[person.role], status.HTTP_303_SEE_OTHER)


def _key(words: str) -> dict[str, Any]:
    try:
        key = json.loads(words)
    except json.JSONDecodeError:
        key = None
    if not isinstance(key, dict):
        raise UsageError("The form does not name a row.", remedy="Use the form of the page.")
    return key


def _value(table: str, words: str) -> int | str | None:
    text = words.strip()
    if table == "orders":
        if not text.isdigit():
            raise UsageError(f"'{text}' is not a number of units.", remedy="Give a whole number from 0 up.")
        return int(text)
    return text or None
