"""The models of one programme, inpatients or chronic outpatients, learned from its own patients only."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb
from numpy.typing import NDArray
from scipy.special import expit

from hemoflow.domain.policy import Need
from models.evaluation import Line, Vector
from models.need.challengers import Learn
from models.need.crossing import CrossingModel
from models.need.features import by_day
from models.need.folds import OutOfFold, calibration, lighter
from models.need.learning import REQUEST, UNITS, LearningSet, boost, request_task, score, stacked
from models.need.month import MonthModel
from models.need.rivals import Rival, content, restored
from models.need.search import chosen
from models.need.start import Start


@dataclass(frozen=True)
class Programme:
    """What is learned for one programme.

    Attributes:
        start: Where the trees of the probability start.
        request: Trees for the probability of a request within 24 hours, before calibration.
        units: Trees for the units of a coming day.
        line: The line on the log odds that makes the probability true on average.
        week_start: The start for the outcome of all days of the horizon.
        week: Trees for the probability of a request within all days of the horizon.
        week_line: Its calibration.
        month: Units of 28 days; None where the history is too short.
        crossing: The day on which the patient is due; None where the history is too short.
        rival: The challenger that gives the probability of 24 hours in place of the trees, where one does.
    """

    start: Start
    request: xgb.Booster
    units: xgb.Booster
    line: Line
    week_start: Start
    week: xgb.Booster
    week_line: Line
    month: MonthModel | None = None
    crossing: CrossingModel | None = None
    rival: Rival | None = None

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
            rival: The challenger that takes the trees' place.
        """
        mine = rows.programme == name
        part, trees = rows.take(mine), found.trees[name]
        start = Start.learn(part.columns, part.has_event)
        searched = chosen(need, found.searched.get(name))
        request, _ = boost(request_task(part, start), searched, REQUEST, seed, trees=trees.request)
        units, _ = boost(stacked(part.columns, part.units), need, UNITS, seed, trees=trees.units)
        line = calibration(part.has_event, found.raw[mine])
        late = part.of_week()
        late_start = Start.learn(late.columns, late.has_event)
        week, _ = boost(request_task(late, late_start), lighter(need), REQUEST, seed, trees=trees.week)
        return cls(
            start, request, units, line, late_start, week,
            calibration(late.has_event, found.week[mine]),
            rival=rival(part, seed) if rival else None,
        )  # fmt: skip

    def probability(self, columns: pd.DataFrame) -> Vector:
        """Calibrated probability of a request within 24 hours."""
        if self.rival:
            return self.line.apply(expit(self.rival.score(columns)))
        return self.line.apply(score(self.request, columns, self.start.margin(columns)))

    def week_probability(self, columns: pd.DataFrame) -> Vector:
        """Calibrated probability of a request within the horizon; never below that of its first day."""
        late = self.week_line.apply(score(self.week, columns, self.week_start.margin(columns)))
        return np.maximum(late, self.probability(columns))

    def units_by_day(self, columns: pd.DataFrame, horizon_days: int) -> NDArray[np.float64]:
        """Expected units, a row for each of ``columns`` and a column for each day."""
        return score(self.units, by_day(columns, horizon_days)).reshape(len(columns), horizon_days)

    def shares(self, columns: pd.DataFrame) -> NDArray[np.float64]:
        """What each column adds to the log odds: exact Shapley values of the trees, and what they start from."""
        if self.rival:
            return self.rival.shares(columns)
        data = xgb.DMatrix(columns, base_margin=np.zeros(len(columns)), nthread=1)
        found = np.array(self.request.predict(data, pred_contribs=True)[:, :-1], dtype="float64")
        for name, share in self.start.shares(columns).items():
            found[:, list(columns.columns).index(name)] += share
        return found

    def boosters(self) -> dict[str, xgb.Booster]:
        """The sets of trees by the name that their file has."""
        made = {"request": self.request, "week": self.week, "units": self.units}
        made |= {"month": self.month.booster} if self.month else {}
        return made | ({"crossing": self.crossing.booster} if self.crossing else {})

    def content(self) -> dict[str, Any]:
        """Everything but the trees, for JSON."""
        return {
            "start": self.start.content(),
            "line": [self.line.intercept, self.line.slope],
            "week_start": self.week_start.content(),
            "week_line": [self.week_line.intercept, self.week_line.slope],
            "month_limits": _listed(self.month),
            "crossing_limits": _listed(self.crossing),
            "rival": content(self.rival) if self.rival else None,
        }

    @classmethod
    def restored(cls, plain: dict[str, Any], trees: dict[str, xgb.Booster]) -> "Programme":
        """What :meth:`content` and :meth:`boosters` gave."""
        month, crossing = (_limits(plain[f"{name}_limits"]) for name in ("month", "crossing"))
        return cls(
            Start(*plain["start"]), trees["request"], trees["units"], Line(*plain["line"]),
            Start(*plain["week_start"]), trees["week"], Line(*plain["week_line"]),
            MonthModel(trees["month"], month) if month else None,
            CrossingModel(trees["crossing"], crossing) if crossing else None,
            restored(plain["rival"]) if plain["rival"] else None,
        )  # fmt: skip


def _listed(model: MonthModel | CrossingModel | None) -> dict[str, list[float]] | None:
    return {name: list(limits) for name, limits in model.limits.items()} if model else None


def _limits(listed: dict[str, list[float]] | None) -> dict[str, tuple[float, float]]:
    return {name: (low, high) for name, (low, high) in (listed or {}).items()}
