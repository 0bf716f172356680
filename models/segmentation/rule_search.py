"""Finding rules: beam search on F-beta of the patients covered, less overlap with other segments and length.

A segment has a few rules, and a patient of it should meet at least one; a further rule is kept only when it raises the
score of those before it. Nearest published relative: Cluster-Explorer (conjunctions of high coverage and low separation
error). Rules explain the consensus; they do not make it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hemoflow.domain.policy import Segmentation
from models.segmentation.features import FEATURES, Feature
from models.segmentation.rules import Condition, Flags, Rule, Side, Values

BEAM = 12
BETA = 0.7
"""Below 1: covering a stranger is worse than missing a member."""
COST_OF_CONDITION = 0.01
COST_OF_OVERLAP = 0.1
"""For the share of those covered whom the rules of another segment claim already."""
QUANTILES = np.arange(0.1, 0.95, 0.1)

Scores = NDArray[np.float64]


def search(values: Values, own: NDArray[np.int64], segmentation: Segmentation) -> tuple[Rule, ...]:
    """Rules for each segment, larger segments first; none when there is a single one.

    Args:
        values: Raw values of the patients to learn from.
        own: Their segments.
        segmentation: Policy section: most conditions in a rule, most rules for a segment.
    """
    names, sizes = np.unique(own, return_counts=True)
    if len(names) < 2:  # noqa: PLR2004
        return ()
    conditions = _conditions(values)
    holds = np.array([condition.holds(values) for condition in conditions])
    claimed, found = np.zeros(len(own), dtype=bool), []
    for segment in names[np.lexsort((names, -sizes))]:
        chosen = _rules_of(holds, own == segment, claimed, segmentation)
        for number, rule in enumerate(chosen, start=1):
            claimed = claimed | holds[list(rule)].all(axis=0)
            found.append(Rule(int(segment), number, tuple(conditions[index] for index in rule)))
    return tuple(sorted(found, key=lambda rule: (rule.segment, rule.number)))


def _conditions(values: Values) -> list[Condition]:
    return [condition for feature in FEATURES for condition in _of(feature, values[feature.name])]


def _of(feature: Feature, column: NDArray[np.generic]) -> list[Condition]:
    """Both sides of each decile, rounded to the feature's step; a category is, or is not, each of its levels."""
    if feature.is_category:
        levels = [str(level) for level in np.unique(column[column != ""])]
        return [Condition(feature.name, side, level) for level in levels for side in (Side.IS, Side.IS_NOT)]
    numbers = column.astype(np.float64)
    seen = numbers[np.isfinite(numbers)]
    deciles = np.quantile(seen, QUANTILES) if len(seen) else np.empty(0)
    cuts = np.unique(np.round(np.round(deciles / feature.step) * feature.step, 6))
    return [Condition(feature.name, side, float(cut)) for cut in cuts for side in (Side.BELOW, Side.AT_LEAST)]


def _rules_of(holds: Flags, target: Flags, claimed: Flags, segmentation: Segmentation) -> Sequence[tuple[int, ...]]:
    chosen: list[tuple[int, ...]] = []
    covered, best, cost = np.zeros(len(target), dtype=bool), 0.0, 0.0
    for _ in range(segmentation.rules_per_segment):
        score, rule = _best_rule(holds, target, covered, claimed, segmentation.rule_conditions)
        if score - cost <= best:
            break
        best = score - cost
        cost += COST_OF_CONDITION * len(rule)
        covered |= holds[list(rule)].all(axis=0)
        chosen.append(rule)
    return chosen


def _best_rule(
    holds: Flags, target: Flags, covered: Flags, claimed: Flags, longest: int
) -> tuple[float, tuple[int, ...]]:
    """Beam search for the conjunction whose union with ``covered`` scores best; ties go to the first found."""
    beam: list[tuple[tuple[int, ...], Flags]] = [((), np.ones(len(target), dtype=bool))]
    best: tuple[float, tuple[int, ...]] = (-np.inf, ())
    for length in range(1, longest + 1):
        grown: dict[tuple[int, ...], tuple[float, Flags]] = {}
        for rule, met in beam:
            scores = _scores(covered | (met & holds), target, claimed) - COST_OF_CONDITION * length
            for index in np.argsort(-scores, kind="stable")[:BEAM]:
                grown[tuple(sorted({*rule, int(index)}))] = float(scores[index]), met & holds[index]
        ranked = sorted(grown.items(), key=lambda item: (-item[1][0], item[0]))[:BEAM]
        beam = [(rule, met) for rule, (_, met) in ranked]
        best = max(best, (ranked[0][1][0], ranked[0][0]), key=lambda found: found[0])
    return best


def _scores(covered: Flags, target: Flags, claimed: Flags) -> Scores:
    """F-beta of each row of ``covered`` against ``target``, less the penalty for overlap."""
    count = np.maximum(covered.sum(axis=-1), 1)
    hits = (covered & target).sum(axis=-1)
    overlap = (covered & claimed).sum(axis=-1) / count
    weight = BETA**2
    f_score = (1 + weight) * hits / np.maximum(covered.sum(axis=-1) + weight * target.sum(), 1e-12)
    return np.asarray(f_score - COST_OF_OVERLAP * overlap)
