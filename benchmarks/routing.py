"""Who is at home in a made-up region of 1,300 outpatients with 10 nurses: the program beside simple ways to choose.

Every way keeps the same gates, teams and windows; safety is counted again here, from the records alone.
"""

import tempfile
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from hemoflow.asof.engine import open_view
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.synthetic.capacity import make_capacity
from hemoflow.connectors.synthetic.chronic import make_chronic
from hemoflow.connectors.synthetic.magnitudes import Region
from hemoflow.domain.policy import Routing, load_policy
from hemoflow.domain.refs import cut_instant
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.frames import empty
from hemoflow.schemas.supply import OPEN_REQUESTS
from hemoflow.store.parquet import write_frame
from models.routing import Assessment, assess
from optimization.home.daily import SlotPlan, compare, home_problem, plan_slots
from optimization.home.solving import solve_home

SEED, AS_OF, NURSES = 7, date(2024, 10, 20), 10.0
"""A Sunday: the week has five working days of the teams."""
REGION = replace(Region(), population=10_000_000, home_nurses=NURSES / 10)
SHOWN = (
    "rule", "points", "points_per_nurse_hour", "home_visits", "nurse_hours", "clinic_visits_saved", "chair_hours_freed",
    "travel_hours_saved", "far_share", "older_share", "female_share",
)  # fmt: skip


def run() -> None:
    """Print the table, who qualifies, safety and the seconds it took."""
    routing = load_policy("region_demo").routing
    profiles, features = known_patients()
    start = time.process_time()
    known = assessed(profiles, features, routing)
    judged = time.process_time()
    capacity = make_capacity(REGION)
    plan = plan_slots(known.candidates, known.visits, capacity, pd.Series(dtype="float64"), routing, as_of=AS_OF)
    planned = time.process_time()
    print(f"{len(profiles)} outpatients, {known.is_open.sum()} meet every gate, {NURSES:g} nurses, 7 days from {AS_OF}")
    print(plan.home_rules.sort_values("points", ascending=False)[list(SHOWN)].round(2).to_string(index=False))
    print(fairness(known, plan))
    home = plan.slots[plan.slots["place"] == "HOME"]
    on_time = plan.slots["slot_on"].notna()
    print(
        f"home share of planned visits {(plan.slots[on_time]['place'] == 'HOME').mean():.1%}, "
        f"{(~on_time).sum()} of {len(plan.slots)} visits overflow"
    )
    print(f"safety violations {violations(profiles, features, home, routing)}")
    print(floors(known, capacity, routing))
    print(
        f"processor seconds: gates, score and visits {judged - start:.2f}; programs and all ways {planned - judged:.2f}"
    )


def known_patients() -> tuple[pd.DataFrame, pd.DataFrame]:
    """OUTPATIENT_PROFILES and NEED_FEATURES of the region's chronic patients at the cut."""
    made = make_chronic(Pseudonymiser(b"made-up people of the benchmark "), REGION, SEED)
    cut_at = cut_instant(AS_OF, 8, "UTC")
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        # Without the units that were issued every request would look open; the rhythm alone predicts the visits.
        for name in ("patients", "labs", "encounters", "transfusions"):
            paths[name] = [Path(folder) / f"{name}.parquet"]
            write_frame(made[name][list(CANONICAL[name].columns)], CANONICAL[name], paths[name][0])
        with open_view(paths, cut_at, time_zone="UTC") as view:
            return view.outpatient_profiles(), view.need_features()


def assessed(profiles: pd.DataFrame, features: pd.DataFrame, routing: Routing) -> Assessment:
    """Gates, scores and visits; every segment is certain."""
    segments = profiles[["patient_id"]].assign(segment=1, membership_share=1.0, margin_share=1.0, is_ambiguous=False)
    need = features[["patient_id", "haemoglobin_age_hours"]].assign(expected_8d_units=np.nan)
    return assess(profiles, segments, need, empty(OPEN_REQUESTS), routing, as_of=AS_OF)


def violations(profiles: pd.DataFrame, features: pd.DataFrame, home: pd.DataFrame, routing: Routing) -> int:
    """Visits at home of a patient with a hard exclusion or without a record that home demands."""
    ages = features.set_index("patient_id")["haemoglobin_age_hours"]
    people = profiles.set_index("patient_id").loc[home["patient_id"]]
    bad = pd.Series(data=False, index=people.index)
    for name in ("is_actively_bleeding", "is_cardiopulmonary_unstable", "has_prior_severe_reaction", "has_haemolysis",
                 "has_unresolved_serology", "has_open_urgent_request"):  # fmt: skip
        bad |= people[name].fillna(value=True).astype(bool)
    for name in ("has_home_consent", "has_carer", "is_home_safe"):
        bad |= ~people[name].fillna(value=False).astype(bool)
    bad |= people["antibodies"].fillna("unscreened").ne("").astype(bool) | people["blood_group"].isna()
    bad |= ~(people["travel_minutes"] <= routing.max_travel_minutes) | ~(people["age_years"] >= routing.min_age_years)
    bad |= ~(people["transfusion_episodes"] >= 1).astype(bool) | ~(people.index.to_series().map(ages) <= 28 * 24)
    return int(bad.sum() + (home["planned_units"] > routing.max_units_per_home_visit).sum())


def fairness(known: Assessment, plan: SlotPlan) -> str:
    """Of those who qualify and have a visit due: share at home by zone, age band and sex."""
    at_home = set(plan.slots.loc[plan.slots["place"] == "HOME", "patient_id"])
    due = set(known.visits.loc[known.visits["place"] == "HOME", "patient_id"])
    able = known.candidates[known.candidates["is_open"] & known.candidates["patient_id"].isin(due)]
    rows = able.assign(group=able["groups"].str.split(";"), is_chosen=able["patient_id"].isin(at_home)).explode("group")
    shares = rows.groupby("group")["is_chosen"].agg(["mean", "size"])
    return "at home of those able and due: " + ", ".join(
        f"{group} {row['mean']:.0%} of {row['size']:.0f}" for group, row in shares.iterrows()
    )


def floors(known: Assessment, capacity: pd.DataFrame, routing: Routing) -> str:
    """What each floor costs, in points, and what it gives the far zone."""
    words = []
    for percent in (0, 80, 90, 100):
        changed = replace(routing, equity_floor_percent=percent)
        problem = home_problem(known.candidates, known.visits, capacity, changed, as_of=AS_OF)
        plan = solve_home(problem, 120.0)
        row = compare(problem, plan, known.candidates, known.visits, changed).set_index("rule").loc["program"]
        words.append(f"{percent} %: {row['points']:.0f} points, far {row['far_share']:.0%}")
    return "floors " + "; ".join(words)
