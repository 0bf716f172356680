"""The home team's questions between runs: what a programme would bring, and who is ready for tomorrow.

This is not a stage. A function belongs here when it loads what is known, calls pure functions and saves nothing of a
run; keep arithmetic out.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pandas as pd

from hemoflow.asof.engine import View, open_view
from hemoflow.domain.errors import StateError
from hemoflow.domain.policy import Policy, load_policy
from hemoflow.domain.refs import cut_instant
from hemoflow.reports.go_no_go import go_no_go, newest_of
from hemoflow.reports.plan_home import HomeStudy
from hemoflow.settings import Settings
from hemoflow.store import open_store
from models.routing import Assessment, assess
from models.routing.gates import funnel
from models.segmentation import SegmentationModel, fit
from optimization.home.planning import frontier
from tasks.segmentation import newest


def study_home(as_of: date, policy: str, nurses: Sequence[float], days: int, seed: int) -> HomeStudy:
    """What a home programme would bring, from existing records alone: no model, no run, no capacity is needed.

    Segments that were kept by that day are used; without any they are fitted here.

    Raises:
        StateError: No patient with regular outpatient transfusion is on record at the cut.
    """
    settings, rules = Settings(), load_policy(policy)
    cut_at = cut_instant(as_of, rules.clock.cut_hour, rules.clock.time_zone)
    routing = replace(rules.routing, planning_days=days)
    with (
        open_store(settings.store_url, settings.home) as store,
        open_view(store.active_paths(), cut_at, time_zone=rules.clock.time_zone, **settings.asking) as view,
    ):
        known = _assessed(view, replace(rules, routing=routing), as_of, seed, newest(store, as_of)[0])
    steps = frontier(known.candidates, known.visits, nurses, routing, as_of=as_of)
    return HomeStudy(
        as_of,
        cut_at,
        rules,
        days,
        funnel(known.gates),
        len(known.patients),
        steps,
        known.visits,
        int(known.is_open.sum()),
    )


def ready_tomorrow(day: str, confirmations: pd.DataFrame | None) -> pd.DataFrame:
    """GO_NO_GO of a published day, with what was confirmed since, in the cockpit and here.

    Raises:
        StateError: There is no run of that day.
    """
    settings = Settings()
    with open_store(settings.store_url, settings.home) as store:
        run = store.run(day)
        slots, need = (store.result(run.run_id, name) for name in ("slots", "need"))
        allocations, told = store.effective(run.run_id, "allocations"), store.confirmations(run.run_id)
    return go_no_go(slots, need, allocations, newest_of(told, confirmations), as_of=run.as_of)


def _assessed(view: View, rules: Policy, as_of: date, seed: int, kept: SegmentationModel | None) -> Assessment:
    profiles = view.outpatient_profiles()
    if profiles.empty:
        raise StateError(
            f"No patient with regular outpatient transfusion is on record on {as_of}.",
            remedy="Load a source that has the chronic programme, or choose a later day.",
        )
    model = kept or fit(profiles, rules.segmentation, seed=seed, trained_as_of=as_of)
    segments = model.place(profiles, rules.routing.uncertainty_margin)
    need = view.need_features()[["patient_id", "haemoglobin_age_hours"]].assign(expected_8d_units=float("nan"))
    return assess(profiles, segments, need, view.open_requests(), rules.routing, as_of=as_of)
