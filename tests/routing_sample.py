"""The routing stage as the daily run does it, for tests: assessment, slots, words."""

from datetime import date

import pandas as pd

from hemoflow.domain.policy import load_policy
from hemoflow.schemas.frames import empty
from hemoflow.schemas.supply import OPEN_REQUESTS
from models.routing import assess
from models.routing.words import routes
from optimization.home.daily import plan_slots

POLICY = load_policy("region_demo").routing
AS_OF = date(2024, 10, 31)
"""A Thursday."""
NOBODY_ELSE = pd.Series(dtype="float64")


def team_days(minutes, first_day=2, resource="nurse_minutes", site="HOME-1"):
    """Capacity of a site on days that follow one another; 1 is the run's day."""
    on = pd.date_range(AS_OF, periods=len(minutes)) + pd.Timedelta(days=first_day - 1)
    return pd.DataFrame({"site_id": site, "capacity_on": on, "resource": resource, "available_minutes": minutes})


def place(profiles, segments, need, capacity, *, rules=(), requests=None, routing=POLICY, as_of=AS_OF, **told):
    """Routes and slot plan; ``told`` are notes and deferrals."""
    asked = empty(OPEN_REQUESTS) if requests is None else requests
    known = assess(profiles, segments, need, asked, routing, as_of=as_of, **told)
    plan = plan_slots(known.candidates, known.visits, capacity, NOBODY_ELSE, routing, as_of=as_of)
    return routes(known, plan.slots, rules, routing, as_of=as_of), plan
