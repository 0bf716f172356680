"""The page of the segments, from a kept version and what a day made of it.

This is not a stage. A function belongs here when it hands what a model knows to the papers; keep strokes out.
"""

from datetime import date

import pandas as pd

from hemoflow.domain.disclosure import without_patients
from hemoflow.domain.policy import Policy
from hemoflow.reports.segments import DayOfSegments, SegmentStudy, segments_html
from models.routing.score import TERMS, weighting
from models.segmentation import SegmentationModel
from models.segmentation.ruling import compare
from tasks.segmentation import Placed


def version_page(model: SegmentationModel, policy: Policy) -> str:
    """The page that is kept with a version."""
    return segments_html(_study(model, policy))


def day_page(found: Placed, profiles: pd.DataFrame, routes: pd.DataFrame, policy: Policy, as_of: date) -> str:
    """The page of a day: the version, where rules and clusters part, and how the priority is spread."""
    told = compare(found.segments, profiles, found.rules)
    weights = weighting(policy.routing)
    edited = (
        f"Rules edited by a person ({policy.segmentation.rules_file}) decide where they are met."
        if policy.rules_text
        else "Clusters decide; the rules of the search describe them."
    )
    today = DayOfSegments(
        as_of=as_of,
        segments=found.segments,
        routes=routes,
        partings=told.partings,
        counts={
            "agree": told.agree,
            "part": told.contradict,
            "open": told.patients - told.agree - told.contradict,
        },
        rules_from=edited,
        weights=[(term.name, share) for term, share in zip(TERMS, weights.shares, strict=True)],
        weights_from=weights.words,
    )
    return without_patients(segments_html(_study(found.model, policy), today), profiles["patient_id"])


def _study(model: SegmentationModel, policy: Policy) -> SegmentStudy:
    known = model.evidence
    return SegmentStudy(
        model_id=model.model_id,
        trained_as_of=model.trained_as_of,
        policy=policy,
        note=known.note,
        change=known.change.words,
        candidates=known.candidates,
        rules=known.rules,
        descriptions=known.descriptions,
        profiles=known.profiles,
        blocks=known.blocks,
        block_segments=known.block_segments,
    )
