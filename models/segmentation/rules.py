"""Readable rules that describe segments, found by beam search at cut points that a clinician would say.

A rule is a conjunction of conditions such as *age below 60 years and interval variation below 0.3*; a segment has one
or two rules, and a patient of it should meet at least one. Rules are searched on two thirds of the patients and judged
on the third that the search did not see. They explain the consensus; they do not make it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hemoflow.domain.policy import Segmentation
from hemoflow.schemas.frames import conform
from hemoflow.schemas.routing import SEGMENT_RULES
from models.segmentation.features import FEATURES, Feature, raw_values

Flags = NDArray[np.bool_]
Values = NDArray[np.float64]

BEAM = 12
BETA = 0.7
"""Below 1: covering a stranger is worse than missing a member."""
COST_OF_CONDITION = 0.01
HELD_OUT_SHARE = 1 / 3
QUANTILES = np.arange(0.1, 0.95, 0.1)


@dataclass(frozen=True, slots=True)
class Condition:
    """A feature below, or not below, a cut point. A missing value never satisfies it."""

    position: int
    cut: float
    is_below: bool

    @property
    def feature(self) -> Feature:
        """The feature compared."""
        return FEATURES[self.position]

    @property
    def words(self) -> str:
        """The condition as a clinician would say it."""
        side = "below" if self.is_below else "at least"
        return f"{self.feature.words} {side} {self.cut:g} {self.feature.unit}".strip()

    def holds(self, values: Values) -> Flags:
        """Whether each row of ``raw_values`` meets it; comparisons with NaN are false on both sides."""
        column = values[:, self.position]
        return column < self.cut if self.is_below else column >= self.cut


@dataclass(frozen=True, slots=True)
class Rule:
    """A conjunction of conditions that describes a segment.

    Attributes:
        segment: The segment.
        number: Running number within the segment, from 1.
        conditions: All must hold.
    """

    segment: int
    number: int
    conditions: tuple[Condition, ...]

    @property
    def words(self) -> str:
        """The rule in words and units."""
        return " and ".join(condition.words for condition in self.conditions)

    def covers(self, profiles: pd.DataFrame) -> Flags:
        """Whether each patient of OUTPATIENT_PROFILES meets every condition."""
        values = raw_values(profiles)
        return np.asarray(np.all([condition.holds(values) for condition in self.conditions], axis=0))


def describe(
    profiles: pd.DataFrame, segments: pd.DataFrame, segmentation: Segmentation, *, seed: int
) -> tuple[pd.DataFrame, tuple[Rule, ...]]:
    """Rules for each segment, with precision and recall on patients that the search did not see.

    A second rule is added only when it raises the score of the first: F-beta of the patients covered by either, less
    0.01 for each condition.

    Args:
        profiles: OUTPATIENT_PROFILES.
        segments: SEGMENTS of the same patients.
        segmentation: Policy section: most conditions in a rule, most rules for a segment.
        seed: Makes the split.

    Returns:
        A frame of SEGMENT_RULES and the rules in its order; both empty when there is a single segment.
    """
    patients = profiles.merge(segments[["patient_id", "segment"]], on="patient_id", validate="one_to_one")
    patients = patients.sort_values("patient_id", ignore_index=True)
    own = patients["segment"].to_numpy(dtype=np.int64)
    held_out = _held_out(own, np.random.default_rng([seed, 3]))
    values = raw_values(patients)
    conditions = _conditions(values[~held_out])
    rules = [
        rule
        for segment in (np.unique(own) if len(np.unique(own)) > 1 else [])
        for rule in _search(values[~held_out], own[~held_out] == segment, conditions, int(segment), segmentation)
    ]
    rows = [_judged(rule, rule.covers(patients), own == rule.segment, held_out) for rule in rules]
    return conform(pd.DataFrame(rows, columns=list(SEGMENT_RULES.columns)), SEGMENT_RULES), tuple(rules)


def _held_out(own: NDArray[np.int64], rng: np.random.Generator) -> Flags:
    """A third of each segment, at least one patient of it."""
    held_out = np.zeros(len(own), dtype=bool)
    for segment in np.unique(own):
        members = rng.permutation(np.flatnonzero(own == segment))
        held_out[members[: max(1, round(HELD_OUT_SHARE * len(members)))]] = True
    return held_out


def _conditions(values: Values) -> list[Condition]:
    """Both sides of each feature's deciles, rounded to the feature's step."""
    found = []
    for position, feature in enumerate(FEATURES):
        column = values[:, position][np.isfinite(values[:, position])]
        deciles = np.quantile(column, QUANTILES) if len(column) else np.empty(0)
        for cut in np.unique(np.round(np.round(deciles / feature.step) * feature.step, 6)):
            found += [Condition(position, float(cut), is_below) for is_below in (True, False)]
    return found


def _search(
    values: Values, target: Flags, conditions: Sequence[Condition], segment: int, segmentation: Segmentation
) -> list[Rule]:
    holds = np.array([condition.holds(values) for condition in conditions])
    chosen: list[tuple[int, ...]] = []
    covered, best, cost = np.zeros(len(target), dtype=bool), 0.0, 0.0
    for _ in range(segmentation.rules_per_segment):
        score, rule = _best_rule(holds, target, covered, segmentation.rule_conditions)
        if score - cost <= best:
            break
        best = score - cost
        cost += COST_OF_CONDITION * len(rule)
        covered |= holds[list(rule)].all(axis=0)
        chosen.append(rule)
    return [
        Rule(segment, number, tuple(conditions[index] for index in rule)) for number, rule in enumerate(chosen, start=1)
    ]


def _best_rule(holds: Flags, target: Flags, covered: Flags, longest: int) -> tuple[float, tuple[int, ...]]:
    """Beam search for the conjunction whose union with ``covered`` scores best; ties go to the first found."""
    everybody = np.ones(len(target), dtype=bool)
    beam: list[tuple[tuple[int, ...], Flags]] = [((), everybody)]
    best: tuple[float, tuple[int, ...]] = (-np.inf, ())
    for length in range(1, longest + 1):
        grown: dict[tuple[int, ...], tuple[float, Flags]] = {}
        for rule, met in beam:
            scores = _f_score(covered | (met & holds), target) - COST_OF_CONDITION * length
            for index in np.argsort(-scores, kind="stable")[:BEAM]:
                grown[tuple(sorted({*rule, int(index)}))] = float(scores[index]), met & holds[index]
        ranked = sorted(grown.items(), key=lambda item: (-item[1][0], item[0]))[:BEAM]
        beam = [(rule, met) for rule, (_, met) in ranked]
        best = max(best, (ranked[0][1][0], ranked[0][0]), key=lambda found: found[0])
    return best


def _f_score(covered: Flags, target: Flags) -> Values:
    """F-beta of each row of ``covered`` against ``target``."""
    hits = (covered & target).sum(axis=-1)
    weight = BETA**2
    return np.asarray((1 + weight) * hits / np.maximum(covered.sum(axis=-1) + weight * target.sum(), 1e-12))


def _judged(rule: Rule, covered: Flags, target: Flags, held_out: Flags) -> tuple[object, ...]:
    seen = covered & held_out
    hits = int((seen & target).sum())
    precision = hits / seen.sum() if seen.any() else None
    recall = hits / int((target & held_out).sum())
    return rule.segment, rule.number, rule.words, int(covered.sum()), int(seen.sum()), precision, recall
