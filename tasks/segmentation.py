"""The segments of a day: patients are placed beside the version that training kept.

A task belongs here when it places patients; keep what is done with a segment, and the fitting, out.
"""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from hemoflow.asof.engine import open_view
from hemoflow.domain.policy import Policy
from hemoflow.domain.refs import cut_instant
from hemoflow.settings import Asking
from hemoflow.store import Store
from models.segmentation import Rule, SegmentationModel
from models.segmentation.rules_file import read_rules
from models.segmentation.ruling import with_rules
from tasks.day import Day

KIND = "segmentation"


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
