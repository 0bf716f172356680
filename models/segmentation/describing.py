"""Rules of the segments with their evidence: precision and recall on patients not searched, and stability by bootstrap.

Rules are searched on two thirds of the patients and judged on the third that the search did not see, with Wilson's
intervals. The bootstrap searches again on resampled patients; the Jaccard index of who is covered says how much of a
rule is the sample's.
"""

from math import sqrt
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hemoflow.domain.policy import Segmentation
from hemoflow.schemas.frames import conform
from hemoflow.schemas.routing import SEGMENT_DESCRIPTIONS, SEGMENT_RULES
from models.segmentation.features import raw_values
from models.segmentation.rule_search import search
from models.segmentation.rules import Flags, Rule, Values

HELD_OUT_SHARE = 1 / 3
MOST_PATIENTS = 3000
"""Rules of a larger cohort are learned and judged on a drawn part: precision is known to a percent by then."""
NORMAL_975 = 1.959964

Segments = NDArray[np.int64]


def describe(
    profiles: pd.DataFrame, own: Segments, segmentation: Segmentation, *, seed: int
) -> tuple[tuple[Rule, ...], pd.DataFrame, pd.DataFrame]:
    """Rules for each segment.

    Args:
        profiles: OUTPATIENT_PROFILES, sorted by patient.
        own: Segment of each, in the same order.
        segmentation: Policy section: limits of rules, aims, bootstrap resamples.
        seed: Makes the split and the resamples.

    Returns:
        Rules, and frames of SEGMENT_RULES and SEGMENT_DESCRIPTIONS; no rules when there is a single segment.
    """
    rng = np.random.default_rng([seed, 3])
    if len(profiles) > MOST_PATIENTS:
        drawn = np.sort(rng.choice(len(profiles), MOST_PATIENTS, replace=False))
        profiles, own = profiles.iloc[drawn], own[drawn]
    values, held_out = raw_values(profiles), _held_out(own, rng)
    rules = search(_rows(values, ~held_out), own[~held_out], segmentation)
    people = _People(values, own, held_out)
    stability = _stability(values, own, rules, segmentation, rng)
    rows = [_judged(rule, people) for rule in rules]
    table = conform(pd.DataFrame(rows, columns=list(SEGMENT_RULES.columns)), SEGMENT_RULES)
    return rules, table, _descriptions(rules, people, stability, segmentation)


def wilson(hits: int, trials: int) -> tuple[float, float, float]:
    """Share of hits and the limits of its 95 % interval (Wilson 1927); NaN without trials."""
    if not trials:
        return float("nan"), float("nan"), float("nan")
    z2, share = NORMAL_975**2, hits / trials
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = NORMAL_975 * sqrt(share * (1 - share) / trials + z2 / (4 * trials**2)) / (1 + z2 / trials)
    return share, max(middle - half, 0.0), min(middle + half, 1.0)


def covered_by(rules: tuple[Rule, ...], segment: int, values: Values, patients: int) -> Flags:
    """Who meets at least one rule of the segment."""
    met = [rule.holds(values) for rule in rules if rule.segment == segment]
    return np.asarray(np.any(met, axis=0)) if met else np.zeros(patients, dtype=bool)


def _rows(values: Values, kept: NDArray[np.generic]) -> dict[str, NDArray[np.generic]]:
    return {name: column[kept] for name, column in values.items()}


def _held_out(own: Segments, rng: np.random.Generator) -> Flags:
    """A third of each segment, at least one patient of it."""
    held_out = np.zeros(len(own), dtype=bool)
    for segment in np.unique(own):
        members = rng.permutation(np.flatnonzero(own == segment))
        held_out[members[: max(1, round(HELD_OUT_SHARE * len(members)))]] = True
    return held_out


def _stability(
    values: Values, own: Segments, rules: tuple[Rule, ...], segmentation: Segmentation, rng: np.random.Generator
) -> dict[int, float]:
    """Mean Jaccard index of the patients covered by the rules and by those of each bootstrap resample."""
    names = [int(name) for name in np.unique(own)]
    found: dict[int, list[float]] = {name: [] for name in names}
    for _ in range(segmentation.rule_bootstraps if rules else 0):
        drawn = np.sort(rng.integers(len(own), size=len(own)))
        again = search(_rows(values, drawn), own[drawn], segmentation)
        for name in names:
            one, other = (covered_by(some, name, values, len(own)) for some in (rules, again))
            found[name].append(float((one & other).sum() / max((one | other).sum(), 1)))
    return {name: float(np.mean(shares)) if shares else float("nan") for name, shares in found.items()}


class _People(NamedTuple):
    values: Values
    own: Segments
    held_out: Flags


def _judged(rule: Rule, people: _People) -> tuple[object, ...]:
    covered, target, held_out = rule.holds(people.values), people.own == rule.segment, people.held_out
    seen = covered & held_out
    hits = int((seen & target).sum())
    precision = wilson(hits, int(seen.sum()))
    recall = wilson(hits, int((target & held_out).sum()))
    return rule.segment, rule.number, rule.words, int(covered.sum()), int(seen.sum()), precision[0], recall[0], \
        precision[1], precision[2], recall[1], recall[2]  # fmt: skip


def _descriptions(
    rules: tuple[Rule, ...], people: _People, stability: dict[int, float], segmentation: Segmentation
) -> pd.DataFrame:
    """Each segment with all its rules together, and whether they meet the policy's aims."""
    rows = []
    for name, jaccard in stability.items():
        target = (people.own == name) & people.held_out
        covered = covered_by(rules, name, people.values, len(target)) & people.held_out
        hits = int((covered & target).sum())
        precision, recall = wilson(hits, int(covered.sum())), wilson(hits, int(target.sum()))
        meets = (
            precision[0] >= segmentation.aim_precision_share
            and recall[0] >= segmentation.aim_recall_share
            and jaccard >= segmentation.aim_jaccard_share
        )
        words = "; or ".join(rule.words for rule in rules if rule.segment == name)
        rows.append((name, words, int((people.own == name).sum()), *precision, *recall, jaccard, bool(meets)))
    return conform(pd.DataFrame(rows, columns=list(SEGMENT_DESCRIPTIONS.columns)), SEGMENT_DESCRIPTIONS)
