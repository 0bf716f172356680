"""What if: try another policy on the day's data, see the difference, put it away or make it a draft."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response, status
from fastapi.responses import RedirectResponse

from hemoflow.cockpit.access import Person, require_token
from hemoflow.cockpit.deeds import Deeds
from hemoflow.cockpit.desk import Desk
from hemoflow.cockpit.pages.compare import TITLES, units_of
from hemoflow.cockpit.pages.shared import OnTable, policy_of, visitor
from hemoflow.cockpit.render import show
from hemoflow.domain.errors import StateError, UsageError
from hemoflow.reports.difference import readable
from hemoflow.reports.words import group as group_words
from hemoflow.schemas.canonical import GROUPS
from hemoflow.store import WhatIf

router = APIRouter()
KINDS = (
    ("supply.target_days_of_stock", "Target, days of stock", "for example 8"),
    ("supply.alert_days_of_stock", "Alert, days of stock", "for example 3"),
    ("supply.very_urgent_quantile", "Quantile of very urgent demand", "for example 0.99"),
    ("supply.horizon_days", "Days that the plan looks ahead", "for example 7"),
    *(
        (f"stock.{group}", f"Free stock of {group_words(group)}, units more or fewer", "for example -20")
        for group in GROUPS
    ),
    ("phase", "All groups in a phase", "red, amber or green"),
    *((f"phase.{group}", f"{group_words(group)} in a phase", "red, amber or green") for group in GROUPS),
    ("capacity.nurse_minutes", "Nurse minutes", "for example -50%, or minutes a day"),
    ("capacity.chair_minutes", "Chair minutes", "for example -50%, or minutes a day"),
    ("routing.max_travel_minutes", "Catchment of the home team, minutes", "for example 45"),
)
"""What people ask for most, with an example of a value; under ``other`` any key of the policy is accepted."""
OTHER = "other"


@router.get("/what-if")
def trials(request: Request, person: Annotated[Person, Depends(visitor("/what-if"))], desk: OnTable) -> Response:
    """The trials of the run, newest first, and the form for another one."""
    found = request.app.state.store.what_ifs(desk.run.run_id) if desk else []
    units = units_of(desk) if desk else {}
    return show(
        request, person, "what_if.html", desk=desk, trials=[_told(trial, units) for trial in found], kinds=KINDS,
        now=_values_now(request, desk) if desk else {},
    )  # fmt: skip


def _told(trial: WhatIf, units: Mapping[str, str]) -> dict[str, Any]:
    """A trial as the page shows it: what was changed and what came of it, both in words."""
    names = {key: words for key, words, _ in KINDS}
    tables = {
        TITLES[name]: lines
        for name, rows in trial.difference.items()
        if name in TITLES and (lines := readable(rows, units))
    }
    changes = [f"{names.get(key, key)}: {value}" for key, value in trial.changes.items()]
    return {"is": trial, "changes": "; ".join(changes), "tables": tables}


def _values_now(request: Request, desk: Desk) -> dict[str, str]:
    """The policy's values of the changes that people ask for most."""
    policy = policy_of(request.app.state, desk)
    pairs = [key.split(".") for key, _, _ in KINDS]
    held = {".".join(pair): getattr(getattr(policy, pair[0], None), pair[-1], None) for pair in pairs}
    return {key: f"{value:g}" for key, value in held.items() if isinstance(value, int | float)}


@router.post("/what-if")
def try_it(
    request: Request,
    person: Annotated[Person, Depends(visitor("/what-if"))],
    desk: OnTable,
    key: Annotated[str, Form()],
    token: Annotated[str, Form()],
    value: Annotated[str, Form()] = "",
    also: Annotated[str, Form()] = "",
) -> Response:
    """Plan the run again with one change, and with others written as ``key=value``; the run itself stays as it is."""
    require_token(request, token)
    if desk is None:
        raise StateError("There is no run to try something on.", remedy="Run a day first.")
    deeds: Deeds = request.app.state.deeds
    changes = [] if key == OTHER else [f"{key.strip()}={value.strip()}"]
    changes += [each.strip() for each in also.split(",") if each.strip()]
    trial = deeds.try_what_if(desk.run.run_id, changes, person.name)
    request.session["notice"] = f"Tried {', '.join(changes)}: see {trial.what_if_id}."
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
        return RedirectResponse(f"/today?run={run_id}", status.HTTP_303_SEE_OTHER)
    if deed == "discard":
        request.app.state.store.discard_what_if(what_if_id, by=person.name, reason=reason)
        request.session["notice"] = f"{what_if_id} was put away."
    else:
        raise UsageError(f"'{deed}' is neither adopt nor discard.", remedy="Use the buttons of the page.")
    return RedirectResponse("/what-if", status.HTTP_303_SEE_OTHER)
