"""What if: try another policy on the day's data, see the difference, put it away or make it a draft."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response, status
from fastapi.responses import RedirectResponse

from hemoflow.cockpit.access import Person, require_token
from hemoflow.cockpit.deeds import Deeds
from hemoflow.cockpit.pages.shared import OnTable, visitor
from hemoflow.cockpit.render import show
from hemoflow.domain.errors import StateError, UsageError

router = APIRouter()
SUGGESTED = (
    ("supply.target_days_of_stock", "Target, days of stock"),
    ("supply.alert_days_of_stock", "Alert, days of stock"),
    ("supply.very_urgent_quantile", "Quantile of very urgent demand"),
    ("supply.horizon_days", "Days that the plan looks ahead"),
    ("routing.max_travel_minutes", "Catchment of the home team, minutes"),
    ("stock.O-", "Free O− units, more or fewer: -20"),
    ("phase", "All groups in a phase: amber"),
    ("capacity.nurse_minutes", "Nurse minutes: -50% or minutes a day"),
)
"""Changes that people ask for most; any key of the policy is accepted."""


@router.get("/what-if")
def trials(request: Request, person: Annotated[Person, Depends(visitor("/what-if"))], desk: OnTable) -> Response:
    """The trials of the run, newest first, and the form for another one."""
    found = request.app.state.store.what_ifs(desk.run.run_id) if desk else []
    return show(request, person, "what_if.html", desk=desk, trials=found, suggested=SUGGESTED)


@router.post("/what-if")
def try_it(
    request: Request,
    person: Annotated[Person, Depends(visitor("/what-if"))],
    desk: OnTable,
    key: Annotated[str, Form()],
    value: Annotated[str, Form()],
    token: Annotated[str, Form()],
) -> Response:
    """Plan the run again with one change; the run itself stays as it is."""
    require_token(request, token)
    if desk is None:
        raise StateError("There is no run to try something on.", remedy="Run a day first.")
    deeds: Deeds = request.app.state.deeds
    trial = deeds.try_what_if(desk.run.run_id, [f"{key.strip()}={value.strip()}"], person.name)
    request.session["notice"] = f"Tried {key} = {value}: see {trial.what_if_id}."
    return RedirectResponse("/what-if", status.HTTP_303_SEE_OTHER)


@router.post("/what-if/{what_if_id}")
def end(
    request: Request,
    person: Annotated[Person, Depends(visitor("/what-if"))],
    what_if_id: str,
    deed: Annotated[str, Form()],
    token: Annotated[str, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Adopt a trial as a draft of its own, or put it away."""
    require_token(request, token)
    deeds: Deeds = request.app.state.deeds
    if deed == "adopt":
        run_id = deeds.adopt(what_if_id, person.name, reason)
        request.session["notice"] = f"{what_if_id} is now the draft {run_id}; it still has to be approved."
    elif deed == "discard":
        request.app.state.store.discard_what_if(what_if_id, by=person.name, reason=reason)
        request.session["notice"] = f"{what_if_id} was put away."
    else:
        raise UsageError(f"'{deed}' is neither adopt nor discard.", remedy="Use the buttons of the page.")
    return RedirectResponse("/what-if", status.HTTP_303_SEE_OTHER)
