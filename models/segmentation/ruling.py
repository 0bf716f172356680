"""Rules and clusters side by side: who is placed by which, and where they part."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hemoflow.schemas.frames import conform
from hemoflow.schemas.routing import SEGMENTS
from models.segmentation.describing import covered_by, wilson
from models.segmentation.features import raw_values
from models.segmentation.rules import Flags, Rule

PARTINGS = ["cluster_segment", "by_rules", "patients"]
FIDELITY = ["rule_id", "segment", "words", "patients", "in_segment_share", "low_share", "high_share"]


@dataclass(frozen=True)
class Comparison:
    """Rules beside clusters over a cohort.

    Attributes:
        rules: Each rule: whom it covers and how many of them the clusters put into the same segment.
        partings: Patients by cluster segment and by what rules say: a segment, ``none`` or ``several``.
        patients: Patients compared.
        agree: Patients whom rules place in exactly their cluster's segment.
        contradict: Patients whom rules place in exactly one other segment.
    """

    rules: pd.DataFrame
    partings: pd.DataFrame
    patients: int
    agree: int
    contradict: int

    @property
    def words(self) -> str:
        """One sentence."""
        open_ones = self.patients - self.agree - self.contradict
        return (
            f"Of {self.patients} patients rules and clusters agree on {self.agree} and part on {self.contradict}; "
            f"for {open_ones} no rule, or rules of several segments, are met."
        )


def with_rules(placed: pd.DataFrame, profiles: pd.DataFrame, rules: Sequence[Rule], *, decide: bool) -> pd.DataFrame:
    """SEGMENTS with what the rules say; where a person's rules decide, they give the segment.

    A patient who meets the rules of exactly one segment belongs to it, and is not ambiguous: a person has said so. Who
    meets none, or those of several, stays with the clusters.

    Args:
        placed: SEGMENTS by clusters.
        profiles: OUTPATIENT_PROFILES of the same patients.
        rules: Rules of the search, or of a rules file.
        decide: Whether they come from a person.
    """
    said = pd.Series(_said(profiles, rules), index=profiles["patient_id"].to_numpy())
    frame = placed.assign(rule_segment=placed["patient_id"].map(said.where(said > 0)))
    if decide:
        ruled = frame["rule_segment"].notna()
        frame["segment"] = frame["segment"].mask(ruled, frame["rule_segment"].astype("Int64"))
        frame["is_ambiguous"] = frame["is_ambiguous"] & ~ruled
        frame["placed_by"] = frame["placed_by"].mask(ruled, "rules")
    return conform(frame, SEGMENTS)


def compare(placed: pd.DataFrame, profiles: pd.DataFrame, rules: Sequence[Rule]) -> Comparison:
    """Where rules and clusters part.

    Args:
        placed: SEGMENTS; its ``cluster_segment`` counts.
        profiles: OUTPATIENT_PROFILES of the same patients.
        rules: Rules.
    """
    people = profiles[["patient_id"]].assign(said=_said(profiles, rules))
    both = placed.merge(people, on="patient_id", validate="one_to_one")
    mine, said = both["cluster_segment"].to_numpy(dtype=np.int64), both["said"].to_numpy(dtype=np.int64)
    words = pd.Series(said, dtype="object").map({0: "none", -1: "several"}).fillna(pd.Series(said).astype(str))
    table = pd.DataFrame({"cluster_segment": mine, "by_rules": words})
    partings = table.groupby(["cluster_segment", "by_rules"], as_index=False).size()
    ordered = profiles.set_index("patient_id").loc[both["patient_id"]].reset_index()
    fidelity = [_fidelity(rule, ordered, mine) for rule in rules]
    return Comparison(
        pd.DataFrame(fidelity, columns=FIDELITY),
        partings.set_axis(PARTINGS, axis=1),
        len(both),
        int((mine == said).sum()),
        int(((said > 0) & (mine != said)).sum()),
    )


def _said(profiles: pd.DataFrame, rules: Sequence[Rule]) -> NDArray[np.int64]:
    """The segment whose rules alone are met; 0 for none, -1 for several."""
    values, names = raw_values(profiles), sorted({rule.segment for rule in rules})
    met = [covered_by(tuple(rules), name, values, len(profiles)) for name in names]
    if not met:
        return np.zeros(len(profiles), dtype=np.int64)
    matrix: Flags = np.array(met)
    count = matrix.sum(axis=0)
    first = np.array(names)[matrix.argmax(axis=0)]
    return np.where(count == 1, first, np.where(count == 0, 0, -1)).astype(np.int64)


def _fidelity(rule: Rule, profiles: pd.DataFrame, mine: NDArray[np.int64]) -> tuple[object, ...]:
    covered = rule.covers(profiles)
    share, low, high = wilson(int((covered & (mine == rule.segment)).sum()), int(covered.sum()))
    return rule.rule_id, rule.segment, rule.words, int(covered.sum()), share, low, high
