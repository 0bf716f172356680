"""How firmly a patient belongs among those served at home: always, contested or never under other weights.

Only the weights are drawn anew; gates, slots and the published score are not touched. A file belongs here when it says
how much an answer depends on a choice of the policy.
"""

from datetime import date

import pandas as pd

from hemoflow.domain.policy import Routing
from hemoflow.domain.requests import Route
from models.routing.assessment import Assessment
from models.routing.score import weighable, weighting
from models.routing.weights import acceptability


def standing(found: Assessment, capacity: pd.DataFrame, routing: Routing, *, as_of: date, seed: int) -> pd.DataFrame:
    """Share of sampled weightings under which each patient is served, by score for each nurse minute.

    Args:
        found: What is known of each patient.
        capacity: Frame CAPACITY.
        routing: Policy section.
        as_of: First planning day.
        seed: Makes the draws.

    Returns:
        ``patient_id``, ``selected_share`` and ``standing``, a row for each patient who is open for home and has a visit
        due there.
    """
    home = found.visits[found.visits["place"] == Route.HOME].groupby("patient_id")["minutes"]
    people = found.patients.assign(
        minutes=found.patients["patient_id"].map(home.sum()), visits=found.patients["patient_id"].map(home.size())
    )
    is_due = people["minutes"].astype("float64").fillna(0.0) > 0
    people = people[found.is_open.to_numpy(dtype=bool) & is_due.to_numpy()].reset_index(drop=True)
    if people.empty:
        return pd.DataFrame({"patient_id": [], "selected_share": [], "standing": []})
    parts = (people["planned_units"] / people["usual_units"] * people["visits"]).astype("float64").to_numpy()
    told = acceptability(
        weighable(people, routing).to_numpy() * parts[:, None],
        weighting(routing).shares,
        people["minutes"].astype("float64").tolist(),
        team_minutes(capacity, routing, as_of),
        seed=seed,
        draws=routing.sampled_weights,
    )
    return told.assign(patient_id=people["patient_id"])


def team_minutes(capacity: pd.DataFrame, routing: Routing, as_of: date) -> float:
    """Nurse minutes of the home teams from the first day that can be planned to the last."""
    day = 1 + (pd.to_datetime(capacity["capacity_on"]) - pd.Timestamp(as_of)).dt.days
    inside = day.between(1 + routing.home_notice_days, routing.planning_days)
    return float(capacity.loc[inside & (capacity["resource"] == "nurse_minutes"), "available_minutes"].sum())
