"""How well the need model serves groups of patients, from predictions of patients that it had not seen."""

from typing import Any

import numpy as np
import pandas as pd

from hemoflow.domain.policy import Need
from hemoflow.domain.watching import Watch
from hemoflow.schemas.frames import conform, empty
from hemoflow.schemas.watching import FAIRNESS
from models.evaluation import Vector
from models.fairness import Judged, coverage, fairness, groups_of, measures
from models.need.folds import OutOfFold
from models.need.learning import LearningSet
from models.need.month import MonthModel, inside_limits


def by_group(
    rows: LearningSet,
    found: OutOfFold,
    month: tuple[MonthModel | None, pd.DataFrame, Vector],
    need: Need,
    watch: Watch,
    *,
    seed: int,
) -> pd.DataFrame:
    """FAIRNESS of the probability, out of fold, and of the limits of 28 days, learned from the other half of patients.

    Args:
        rows: What was learned from.
        found: Its predictions out of fold.
        month: The model of 28 days, its rows and their units.
        need: Section of the policy.
        watch: Section of the policy.
        seed: Seed of the resamples.
    """
    judged = Judged(rows.has_event, found.probability, rows.patient, groups_of(rows.features))
    return conform(
        pd.concat([fairness(judged, measures(watch), watch, seed=seed), _month(*month, need, watch, seed=seed)]),
        FAIRNESS,
    )


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON knows them; what is missing is None."""
    numbers = table.select_dtypes("float64").columns
    plain = table.assign(**{name: table[name].round(6) for name in numbers}).astype("object")
    return [
        {str(name): value for name, value in row.items()} for row in plain.where(table.notna(), None).to_dict("records")
    ]


def _month(
    model: MonthModel | None, rows: pd.DataFrame, units: Vector, need: Need, watch: Watch, *, seed: int
) -> pd.DataFrame:
    if model is None:
        return empty(FAIRNESS)
    newer, inside = inside_limits(model, rows, units, need)
    patient = pd.factorize(newer["patient_id"])[0].astype("float64")
    judged = Judged(inside, np.zeros(len(inside)), patient, groups_of(newer))
    return fairness(judged, (coverage(watch, need.month_coverage),), watch, seed=seed)
