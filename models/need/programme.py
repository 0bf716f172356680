"""The models of one programme, inpatients or chronic outpatients, learned from its own patients only."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb
from numpy.typing import NDArray

from hemoflow.domain.policy import Need
from models.evaluation import Vector
from models.need.challengers import Learn
from models.need.crossing import CrossingModel
from models.need.features import by_day
from models.need.folds import OutOfFold, lighter
from models.need.learning import UNITS, LearningSet, boost, score, stacked
from models.need.month import MonthModel
from models.need.request import RequestModel, kept_out
from models.need.search import chosen


@dataclass(frozen=True)
class Programme:
    """What is learned for one programme.

    Attributes:
        day: The probability of a request within 24 hours.
        week: The probability of a request within all days of the horizon.
        units: Trees for the units of a coming day.
        twin: ``day`` learned without the patients of :func:`models.need.request.kept_out`, on whom versions compete.
        month: Units of 28 days; None where the history is too short.
        crossing: The day on which the patient is due; None where the history is too short.
    """

    day: RequestModel
    week: RequestModel
    units: xgb.Booster
    twin: RequestModel
    month: MonthModel | None = None
    crossing: CrossingModel | None = None

    @classmethod
    def learn(
        cls, rows: LearningSet, found: OutOfFold, name: str, need: Need, *, seed: int, rival: Learn | None = None
    ) -> "Programme":
        """Train on the programme's rows, with the trees and the calibration that cross-validation found.

        Args:
            rows: What is learned from.
            found: Predictions out of fold.
            name: The programme.
            need: Section of the policy.
            seed: Seed of XGBoost.
            rival: The challenger that takes the place of the trees of 24 hours.
        """
        mine, trees, settings = rows.programme == name, found.trees[name], chosen(need, found.searched.get(name))
        part, raw = rows.take(mine), found.raw[mine]
        units, _ = boost(stacked(part.columns, part.units), need, UNITS, seed, trees=trees.units)
        learned = ~kept_out(part.features["patient_id"])
        learned = learned if learned.any() else ~learned
        return cls(
            day=RequestModel.learn(part, raw, settings, trees=trees.request, seed=seed, rival=rival),
            week=RequestModel.learn(part.of_week(), found.week[mine], lighter(need), trees=trees.week, seed=seed),
            units=units,
            twin=RequestModel.learn(
                part.take(learned), raw[learned], settings, trees=trees.request, seed=seed, rival=rival
            ),
        )

    def probability(self, columns: pd.DataFrame) -> Vector:
        """Calibrated probability of a request within 24 hours."""
        return self.day.probability(columns)

    def week_probability(self, columns: pd.DataFrame) -> Vector:
        """Calibrated probability of a request within the horizon; never below that of its first day."""
        return np.maximum(self.week.probability(columns), self.probability(columns))

    def units_by_day(self, columns: pd.DataFrame, horizon_days: int) -> NDArray[np.float64]:
        """Expected units, a row for each of ``columns`` and a column for each day."""
        return score(self.units, by_day(columns, horizon_days)).reshape(len(columns), horizon_days)

    def shares(self, columns: pd.DataFrame) -> NDArray[np.float64]:
        """What each column adds to the log odds of a request within 24 hours."""
        return self.day.shares(columns)

    def boosters(self) -> dict[str, xgb.Booster]:
        """The sets of trees by the name that their file has."""
        made = {"day": self.day.trees, "week": self.week.trees, "units": self.units, "twin": self.twin.trees}
        made |= {"month": self.month.booster} if self.month else {}
        return made | ({"crossing": self.crossing.booster} if self.crossing else {})

    def content(self) -> dict[str, Any]:
        """Everything but the trees, for JSON."""
        return {
            "day": self.day.content(),
            "week": self.week.content(),
            "twin": self.twin.content(),
            "month_limits": _listed(self.month),
            "crossing_limits": _listed(self.crossing),
        }

    @classmethod
    def restored(cls, content: dict[str, Any], trees: dict[str, xgb.Booster]) -> "Programme":
        """What :meth:`content` and :meth:`boosters` gave."""
        month, crossing = (_limits(content[f"{name}_limits"]) for name in ("month", "crossing"))
        day, week, twin = (RequestModel.restored(content[name], trees[name]) for name in ("day", "week", "twin"))
        return cls(
            day, week, trees["units"], twin,
            MonthModel(trees["month"], month) if month else None,
            CrossingModel(trees["crossing"], crossing) if crossing else None,
        )  # fmt: skip


def _listed(model: MonthModel | CrossingModel | None) -> dict[str, list[float]] | None:
    return {name: list(limits) for name, limits in model.limits.items()} if model else None


def _limits(listed: dict[str, list[float]] | None) -> dict[str, tuple[float, float]]:
    return {name: (low, high) for name, (low, high) in (listed or {}).items()}
