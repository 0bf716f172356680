"""What people decide: approve a draft, or change one of its rows with a reason."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response, status
from fastapi.responses import RedirectResponse

from hemoflow.cockpit.access import APPROVERS, CHANGERS, Person, require, require_token, signed_in
from hemoflow.cockpit.pages.shared import OnTable
from hemoflow.cockpit.site import HOME, PAGES
from hemoflow.domain.errors import StateError, UsageError

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
    if desk is None:
        raise StateError("There is no run to change.", remedy="Run a day first.")
    change = request.app.state.store.override(
        desk.run.run_id, table, _key(key), _value(table, value), by=person.name, reason=reason
    )
    request.session["notice"] = f"Changed: {change.words}."
    return _back(request, person)


def _back(request: Request, person: Person) -> Response:
    """The page that the form was on, when it is one of ours."""
    came_from = request.headers.get("referer", "").partition(request.headers.get("host", "?"))[2]
    path = came_from.partition("?")[0]
    known = {entry.path for entry in PAGES}
    return RedirectResponse(came_from if path in known else HOME[person.role], status.HTTP_303_SEE_OTHER)


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
