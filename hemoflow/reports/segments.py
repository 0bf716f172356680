"""The segments on one page: how they were found, what describes them, and what a day's routing made of them.

Aggregates only; figures of fewer patients than the policy publishes are withheld. The same page is kept with a version
of the segmentation and, with the patients of the day, among the papers of a run.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from markupsafe import Markup

from hemoflow.domain.disclosure import suppress
from hemoflow.domain.policy import Policy
from hemoflow.domain.requests import Route
from hemoflow.reports.pages import render
from hemoflow.reports.segment_pictures import (
    QUARTERS,
    choice_picture,
    consensus_matrix,
    coverage_bar,
    priority_bar,
    profile_cell,
)
from hemoflow.reports.words import number, percent

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
STANDINGS = ("always", "contested", "never")
COMMONEST_LEVELS = 0.05
"""Categories rarer than this in the cohort are left out of the profiles."""


@dataclass(frozen=True, eq=False)
class DayOfSegments:
    """What a day made of the segments.

    Attributes:
        as_of: The day.
        segments: Frame SEGMENTS.
        routes: Frame ROUTES.
        partings: Patients by ``cluster_segment`` and ``by_rules``.
        counts: Patients on whom rules and clusters ``agree`` or ``part``; ``open``: no segment alone is met by rules.
        rules_from: Whose rules these are.
        weights: Name and weight of each term of the score, and where they come from.
        weights_from: Where the weights come from.
    """

    as_of: date
    segments: pd.DataFrame
    routes: pd.DataFrame
    partings: pd.DataFrame
    counts: Mapping[str, int]
    rules_from: str
    weights: Sequence[tuple[str, float]]
    weights_from: str


@dataclass(frozen=True, eq=False)
class SegmentStudy:
    """A version of the segmentation and its evidence.

    Attributes:
        model_id: Version.
        trained_as_of: Day after which it has seen nothing.
        policy: Policy: aims of the rules and the least count that may be shown.
        note: What was done, by which route.
        change: What became of the segments since the version before.
        candidates: Frame SEGMENT_CANDIDATES.
        rules: Frame SEGMENT_RULES.
        descriptions: Frame SEGMENT_DESCRIPTIONS.
        profiles: Frame SEGMENT_PROFILES.
        blocks: Mean co-association of groups of neighbouring patients.
        block_segments: Segment of each row of the blocks.
    """

    model_id: str
    trained_as_of: date
    policy: Policy
    note: str
    change: str
    candidates: pd.DataFrame
    rules: pd.DataFrame
    descriptions: pd.DataFrame
    profiles: pd.DataFrame
    blocks: Sequence[Sequence[float]]
    block_segments: Sequence[int]


def segments_html(study: SegmentStudy, today: DayOfSegments | None = None) -> str:
    """The page of a version, with the patients of a day where one is given."""
    smallest = study.policy.publication.smallest_published_count
    names = sorted(int(name) for name in study.profiles["segment"].unique())
    has_choice = len(study.candidates) > 0
    return render(
        "segments.html",
        study=study,
        today=today,
        smallest=smallest,
        names=names,
        choice=choice_picture(study.candidates) if has_choice else None,
        candidates=study.candidates.sort_values("score_share", ascending=False).to_dict("records"),
        matrix=consensus_matrix(study.blocks, study.block_segments) if study.blocks else None,
        profiles=profile_rows(study.profiles, names, smallest),
        descriptions=description_rows(study, smallest),
        rules=rule_rows(study.rules, smallest),
        partings=parting_rows(today.partings, smallest) if today else None,
        counts=suppress(today.counts, smallest) if today else {},
        priority=priority_rows(today.routes, smallest) if today else [],
    )


def profile_rows(profiles: pd.DataFrame, names: Sequence[int], smallest: int) -> list[dict[str, Any]]:
    """A row for each trait and common category: the cohort's middle and a cell for each segment."""
    rows = []
    for (_, trait, level), part in profiles.groupby(["feature", "words", "level"], sort=False):
        by_segment = part.set_index("segment")
        first = part.iloc[0]
        if level and not first["cohort_middle"] >= COMMONEST_LEVELS:
            continue
        words = f"{trait} {str(level).replace('_', ' ')}" if level else f"{trait}, {first['unit']}".rstrip(", ")
        cells = [_profile_cell(name, words, by_segment, bool(level), smallest) for name in names]
        rows.append({"words": words, "cohort": _said(first["cohort_middle"], is_share=bool(level)), "cells": cells})
    return rows


def description_rows(study: SegmentStudy, smallest: int) -> list[dict[Hashable, Any]]:
    """Each segment with all its rules and the pictures of precision and recall."""
    aims = study.policy.segmentation
    rows: list[dict[Hashable, Any]] = []
    for row in study.descriptions.to_dict("records"):
        is_small = row["patients"] < smallest or pd.isna(row["precision_share"])
        pictures = [
            Markup("") if is_small else coverage_bar(f"Segment {row['segment']}, {name}", row, name, aim)
            for name, aim in (("precision", aims.aim_precision_share), ("recall", aims.aim_recall_share))
        ]
        rows.append({**row, "is_small": is_small, "precision": pictures[0], "recall": pictures[1]})
    return rows


def rule_rows(rules: pd.DataFrame, smallest: int) -> list[dict[Hashable, Any]]:
    """Each rule; shares that rest on few patients are withheld."""
    return rules.assign(is_small=(rules["patients"] < smallest) | (rules["held_out_patients"] < smallest)).to_dict(
        "records"
    )


def parting_rows(partings: pd.DataFrame, smallest: int) -> dict[str, Any]:
    """Patients by cluster segment (rows) and by what the rules say (columns); small counts hidden by row."""
    table = partings.pivot_table(
        index="cluster_segment", columns="by_rules", values="patients", aggfunc="sum", fill_value=0
    )
    rows = [
        (int(str(name)), list(suppress({str(k): int(v) for k, v in row.items()}, smallest).values()))
        for name, row in table.iterrows()
    ]
    return {"columns": [str(name) for name in table.columns], "rows": rows}


def priority_rows(routes: pd.DataFrame, smallest: int) -> list[dict[str, Any]]:
    """Scores, places and standing of each segment of the day."""
    rows = []
    for segment, part in routes.groupby("segment"):
        name, is_small = int(str(segment)), len(part) < smallest
        spread = dict(zip(QUARTERS, part["priority_score"].quantile(list(SHARES)).tolist(), strict=True))
        home = {"home": int((part["route"] == Route.HOME).sum()), "elsewhere": int((part["route"] != Route.HOME).sum())}
        standing = {name: int((part["standing"] == name).sum()) for name in STANDINGS}
        rows.append(
            {
                "segment": name, "patients": None if is_small else len(part), "is_small": is_small,
                "middle": spread["middle"], "picture": Markup("") if is_small else priority_bar(name, spread),
                "home": suppress(home, smallest)["home"],
                "standing": list(suppress({**standing, "closed": len(part) - sum(standing.values())}, smallest)
                                 .values())[:-1],
            }
        )  # fmt: skip
    return rows


def _profile_cell(name: int, words: str, by_segment: pd.DataFrame, is_share: bool, smallest: int) -> Markup | str:  # noqa: FBT001
    row = by_segment.to_dict("index").get(name)
    if row is None or row["known_patients"] < smallest:
        return "withheld"
    value = row["middle"]
    spread = row["cohort_spread"] / (2.0 if is_share else 1.0)
    away = (value - row["cohort_middle"]) / spread if spread > 0 else 0.0
    return profile_cell(name, words, _said(value, is_share=is_share), float(away))


def _said(value: float, *, is_share: bool) -> str:
    if is_share:
        return percent(value)
    return number(value, 0 if abs(value) >= 10 else 1)  # noqa: PLR2004 - a decimal says nothing beside tens
