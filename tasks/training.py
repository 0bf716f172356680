"""Training of the need model, as a task of its own.

A task belongs here when it makes a new model version; keep scoring out.
"""

from datetime import date

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from hemoflow.asof.engine import View, open_view
from hemoflow.domain.policy import Policy, load_policy
from hemoflow.domain.refs import cut_instant
from hemoflow.settings import Settings
from hemoflow.store import ModelRecord, open_store
from models.need import MONTH_DAYS, NeedModel, train
from models.need.cluster import grow, some_patients
from models.notes import mentions
from tasks.artifacts import show_model
from tasks.model_files import in_force, register
from tasks.pinned import KIND, need_model
from tasks.progress import logger, timed

APART = "spark"
"""The engine that can hold rows where no single machine could."""


@task(name="train-need", cache_policy=NO_CACHE, persist_result=False)
def train_need(as_of: date, policy: str, seed: int) -> str:
    """Train on everything known at the cut, evaluate by patient, save; promote by the policy's rule."""
    settings, rules = Settings(), load_policy(policy)
    cut_at = cut_instant(as_of, rules.clock.cut_hour, rules.clock.time_zone)
    with open_store(settings.store_url, settings.home) as store:
        with (
            timed(as_of.isoformat(), "train need model"),
            open_view(store.active_paths(), cut_at, time_zone=rules.clock.time_zone, **settings.asking) as view,
        ):
            view.read_notes(mentions)
            points = view.training_points(rules.clock.cut_hour)
            standing = need_model(store, as_of)
            model = learned(view, points, rules, as_of, seed=seed, most=settings.training_points, standing=standing)
        record = register(store, KIND, model, settings.models / model.model_id, rules.publication)
        logger().info("need model %s: %s", record.model_id, record.decision)
        show_model(record, model.fairness)
    return record.model_id


def learned(
    view: View,
    points: pd.DataFrame,
    rules: Policy,
    as_of: date,
    *,
    seed: int,
    most: int,
    standing: ModelRecord | None = None,
) -> NeedModel:
    """The model of these points; where they outgrow one machine, its trees grow where the engine holds the rows.

    Args:
        view: The past.
        points: Past points.
        rules: The policy.
        as_of: The day of the cut.
        seed: Seed of training.
        most: Points that one machine takes.
        standing: The version in force.
    """
    is_apart = view.engine.name == APART and len(points) > most
    known = _known(view, some_patients(points, most, seed) if is_apart else points, rules)
    before = in_force(standing)
    model = train(**known, need=rules.need, seed=seed, trained_as_of=as_of, watch=rules.watch, in_force=before)
    if not is_apart:
        return model
    return grow(model, view.learning_rows(points, rules.need.horizon_days), rules.need, seed=seed)


def _known(view: View, points: pd.DataFrame, rules: Policy) -> dict[str, pd.DataFrame]:
    """Past points with what was known at them and what came after them."""
    return {
        "features": view.need_features(points),
        "labels": view.need_labels(points, rules.need.horizon_days),
        "month_labels": view.need_labels(points, MONTH_DAYS),
        "crossings": view.crossings(points, rules.need.default_threshold_g_per_dl),
    }
