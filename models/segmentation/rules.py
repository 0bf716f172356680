"""Rules at the bedside: short conjunctions of clinical terms at cut points that a clinician would say.

A rule is a conjunction of conditions such as *age below 60 years and interval variation below 0.3*. The words are the
rule: they are what papers show, what a person edits in a rules file, and what is read back.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hemoflow.domain.errors import InputError
from models.segmentation.features import FEATURES, Feature, raw_values

Flags = NDArray[np.bool_]
Values = Mapping[str, NDArray[np.generic]]

BY_WORDS = {feature.words: feature for feature in FEATURES}


class Side(StrEnum):
    """How a value is compared with the cut."""

    BELOW = "below"
    AT_LEAST = "at least"
    IS = "is"
    IS_NOT = "is not"


@dataclass(frozen=True, slots=True)
class Condition:
    """A feature compared with a cut point or a category. A missing value never satisfies it, on any side."""

    name: str
    side: Side
    cut: float | str

    @property
    def feature(self) -> Feature:
        """The feature compared."""
        return next(feature for feature in FEATURES if feature.name == self.name)

    @property
    def words(self) -> str:
        """The condition as a clinician would say it."""
        cut = self.cut if isinstance(self.cut, str) else f"{self.cut:g}"
        return f"{self.feature.words} {self.side} {cut} {self.feature.unit}".strip()

    def holds(self, values: Values) -> Flags:
        """Whether each patient meets it; comparisons with NaN are false on both sides."""
        column = values[self.name]
        if isinstance(self.cut, str):
            return np.asarray((column != "") & ((column == self.cut) == (self.side is Side.IS)))
        numbers = column.astype(np.float64)
        return np.asarray(numbers < self.cut if self.side is Side.BELOW else numbers >= self.cut)

    @classmethod
    def parse(cls, words: str) -> "Condition":
        """Read a condition from its words.

        Raises:
            InputError: No feature, side or number is recognised, or the unit is another one.
        """
        pattern = f"({'|'.join(map(re.escape, BY_WORDS))}) (below|at least|is not|is) (\\S+)(?: (.+))?"
        found = re.fullmatch(pattern, " ".join(words.split()))
        if found is None:
            known = ", ".join(f"'{name}'" for name in BY_WORDS)
            raise InputError(
                f"'{words}' is not a condition.",
                remedy=f"Write a trait, 'below' or 'at least' (a category: 'is', 'is not') and a value; traits: "
                f"{known}.",
            )
        return _condition(words, BY_WORDS[found[1]], Side(found[2]), found[3], found[4] or "")


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
    def rule_id(self) -> str:
        """Name for talk and tables."""
        return f"S{self.segment}.{self.number}"

    @property
    def words(self) -> str:
        """The rule in words and units."""
        return " and ".join(condition.words for condition in self.conditions)

    def covers(self, profiles: pd.DataFrame) -> Flags:
        """Whether each patient of OUTPATIENT_PROFILES meets every condition."""
        return self.holds(raw_values(profiles))

    def holds(self, values: Values) -> Flags:
        """Whether each patient of ``raw_values`` meets every condition."""
        return np.asarray(np.all([condition.holds(values) for condition in self.conditions], axis=0))


def _condition(words: str, feature: Feature, side: Side, cut: str, unit: str) -> Condition:
    if feature.is_category != (side in {Side.IS, Side.IS_NOT}):
        sides = "'is' or 'is not'" if feature.is_category else "'below' or 'at least'"
        raise InputError(f"'{words}' compares {feature.words} with '{side}'.", remedy=f"Use {sides}.")
    if unit != feature.unit:
        raise InputError(f"'{words}' is not in {feature.unit or 'plain numbers'}.", remedy="Write the unit as shown.")
    if feature.is_category:
        return Condition(feature.name, side, cut)
    try:
        return Condition(feature.name, side, float(cut))
    except ValueError as error:
        raise InputError(f"'{words}' has no number at '{cut}'.", remedy="Write a plain number.") from error
