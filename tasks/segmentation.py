"""The segments: fitted at training and kept as a version; on a day patients are placed beside it.

A task belongs here when it makes or uses segments; keep what is done with a segment out.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from hemoflow.asof.engine import open_view
from hemoflow.domain.policy import Policy, load_policy
from hemoflow.domain.refs import cut_instant
from hemoflow.settings import Asking, Settings
from hemoflow.store import ModelRecord, Store, open_store
from models.segmentation import Rule, SegmentationModel, fit
from models.segmentation.rules_file import read_rules, write_rules
from models.segmentation.ruling import with_rules
from tasks.day import Day
from tasks.progress import timed
from tasks.segments_page import version_page

KIND = "segmentation"
RULES = "rules.toml"
PAGE = "segments.html"


@task(name="train-segmentation", cache_policy=NO_CACHE, persist_result=False)
def train_segmentation(as_of: date, policy: str, seed: int) -> str:
    """Fit segments of the outpatients known at the cut, keep their numbers, save, promote."""
    settings, rules = Settings(), load_policy(policy)
    with open_store(settings.store_url, settings.home) as store:
        profiles = outpatients(store, rules, as_of, settings.asking)
        before, previous_id = newest(store, as_of - timedelta(days=1))
        with timed(as_of.isoformat(), "fit segments"):
            model = fit(
                profiles, rules.segmentation, seed=seed, trained_as_of=as_of, previous=before, previous_id=previous_id
            )
        kept = _keep(store, model, settings.models / model.model_id)
        (kept.folder / PAGE).write_text(version_page(model, rules), encoding="utf-8")
        return kept.model_id


@dataclass(frozen=True)
class Placed:
    """The segments of a day.

    Attributes:
        segments: SEGMENTS.
        rules: Rules that describe them: a person's where the policy names a file.
        model: The kept segmentation.
        frames: Result frames of the stage, by name.
    """

    segments: pd.DataFrame
    rules: tuple[Rule, ...]
    model: SegmentationModel
    frames: dict[str, pd.DataFrame]


def place_patients(day: Day, profiles: pd.DataFrame) -> Placed:
    """Place the day's outpatients beside the kept segmentation; nothing is fitted again."""
    record = day.model(KIND)
    model = SegmentationModel.load(record.folder, sha256=record.sha256)
    rules = day_rules(model, day.policy)
    by_clusters = model.place(profiles, day.policy.routing.uncertainty_margin)
    segments = with_rules(by_clusters, profiles, rules, decide=bool(day.policy.rules_text))
    shown = {
        "segments": segments,
        "segment_candidates": model.evidence.candidates,
        "segment_rules": model.evidence.rules,
        "segment_descriptions": model.evidence.descriptions,
    }
    return Placed(segments, rules, model, shown)


def day_rules(model: SegmentationModel, policy: Policy) -> tuple[Rule, ...]:
    """A person's rules where the policy names a file, else those of the search."""
    if not policy.rules_text:
        return model.rules
    return read_rules(policy.rules_text, policy.segmentation.rule_conditions, model.segments)


def outpatients(store: Store, rules: Policy, as_of: date, asking: Asking) -> pd.DataFrame:
    """OUTPATIENT_PROFILES as known at the cut of a day."""
    cut_at = cut_instant(as_of, rules.clock.cut_hour, rules.clock.time_zone)
    with open_view(store.active_paths(), cut_at, time_zone=rules.clock.time_zone, **asking) as view:
        return view.outpatient_profiles()


def newest(store: Store, as_of: date) -> tuple[SegmentationModel | None, str]:
    """The promoted segmentation of a day and its version; none and an empty word before the first training."""
    record = store.promoted_model(KIND, as_of)
    if record is None:
        return None, ""
    return SegmentationModel.load(record.folder, sha256=record.sha256), record.model_id


def _keep(store: Store, model: SegmentationModel, folder: Path) -> ModelRecord:
    sha256 = model.save(folder)
    (folder / RULES).write_text(write_rules(model.rules, model.model_id), encoding="utf-8")
    store.add_model(
        KIND, model.model_id, folder, sha256=sha256, trained_as_of=model.trained_as_of, metrics=metrics(model),
        features=[column.feature for column in model.columns], data_hash=model.data_hash,
    )  # fmt: skip
    return store.promote(model.model_id)


def metrics(model: SegmentationModel) -> dict[str, object]:
    """What the registry tells about a version."""
    chosen = model.evidence.candidates.query("is_chosen")
    figures = {name: float(chosen[name].iloc[0]) for name in ("agreement_share", "stability_share") if len(chosen)}
    return {
        "segments": len(model.segments),
        "note": model.evidence.note,
        "change": model.evidence.change.words,
        **figures,
    }
