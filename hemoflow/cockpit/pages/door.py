"""In and out: the sign-in, the start page of each role, and the heartbeat for whoever watches the server."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response, status
from fastapi.responses import PlainTextResponse, RedirectResponse

from hemoflow.cockpit.access import Door, Person, begin_session, require_token, signed_in
from hemoflow.cockpit.render import page
from hemoflow.cockpit.site import HOME, PAGES

router = APIRouter()


@router.get("/")
def start(person: Annotated[Person, Depends(signed_in)]) -> Response:
    """The page where the person's role starts."""
    return RedirectResponse(HOME[person.role], status.HTTP_303_SEE_OTHER)


@router.get("/health")
def health() -> Response:
    """Whether the server answers."""
    return PlainTextResponse("ok")


@router.get("/sign-in")
def ask(request: Request) -> Response:
    """Name and password, please."""
    return page(request, "sign_in.html", wrong=False, name="", next=request.query_params.get("next", "/"))


@router.post("/sign-in")
def enter(
    request: Request,
    name: Annotated[str, Form()],
    password: Annotated[str, Form()],
    token: Annotated[str, Form()],
    goal: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """Let a person in, or say that name or password is wrong: never which of the two."""
    require_token(request, token)
    door: Door = request.app.state.door
    address = request.client.host if request.client else ""
    person = door.enter(request.app.state.store, name.strip(), password, address)
    if person is None:
        code = status.HTTP_401_UNAUTHORIZED
        return page(request, "sign_in.html", code=code, wrong=True, name=name, next=goal)
    begin_session(request, person)
    known = {entry.path for entry in PAGES if person.role in entry.roles}
    return RedirectResponse(goal if goal.partition("?")[0] in known else HOME[person.role], status.HTTP_303_SEE_OTHER)


@router.post("/sign-out")
def leave(request: Request, token: Annotated[str, Form()]) -> Response:
    """End the session."""
    require_token(request, token)
    request.app.state.door.end(request.session.get("id", ""))
    request.session.clear()
    return RedirectResponse("/sign-in", status.HTTP_303_SEE_OTHER)
