"""How a need model did in a month of work: what it said each morning, against what came within the day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hemoflow.domain.watching import Watch
from models.evaluation import auroc, brier, calibration_line

COLUMNS = (
    "model_id", "days", "patient_days", "positives", "predicted_share", "observed_share", "calibration_slope",
    "auroc", "training_auroc", "brier", "drifting_days",
)  # fmt: skip
LEAST_POSITIVES = 30
"""Fewer events than this, and neither ranking nor calibration is judged: chance would be."""
OFTEN = 0.5
"""From this share of days with drift on, the patients of the month are not those of training."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is thought of the models of a month.

    Attributes:
        figures: One row a model, with :data:`COLUMNS`.
        suggestions: Why a person should think of retraining; empty when there is no reason.
    """

    figures: pd.DataFrame
    suggestions: tuple[str, ...]


def judge_month(
    said: pd.DataFrame, came: pd.DataFrame, drifting: Mapping[str, int], metrics: Mapping[str, Any], watch: Watch
) -> Verdict:
    """Judge each model on the days on which it was used.

    Args:
        said: ``model_id, patient_id, cut_at, request_24h_probability``: every prediction of the month.
        came: NEED_LABELS of the same points; what is not known yet is absent.
        drifting: Days with a drifting column, by model.
        metrics: Evaluation at training, by model.
        watch: Section of the policy.
    """
    first = came.loc[came["day_number"] == 1, ["patient_id", "cut_at", "has_event"]]
    known = said.merge(first, on=["patient_id", "cut_at"])
    rows = [_figures(str(name), part, drifting, metrics) for name, part in known.groupby("model_id", sort=True)]
    suggestions = [words for row in rows for words in _reasons(row, watch)]
    return Verdict(pd.DataFrame(rows, columns=list(COLUMNS)), tuple(suggestions))


def sentences(verdict: Verdict) -> Sequence[str]:
    """The verdict in sentences."""
    if verdict.figures.empty:
        return ("No prediction of the month has an outcome yet.",)
    if not verdict.suggestions:
        return ("No reason to retrain was found.",)
    return (
        *verdict.suggestions,
        "Retraining is suggested; a person decides: run train/train, look at the card, promote.",
    )


def _figures(
    model_id: str, part: pd.DataFrame, drifting: Mapping[str, int], metrics: Mapping[str, Any]
) -> dict[str, Any]:
    event = part["has_event"].to_numpy(dtype="float64")
    probability = part["request_24h_probability"].to_numpy(dtype="float64")
    is_enough = event.sum() >= LEAST_POSITIVES
    known: Any = metrics.get(model_id, {}).get("all", {}).get("auroc", {}).get("value", np.nan)
    return {
        "model_id": model_id,
        "days": part["cut_at"].nunique(),
        "patient_days": len(part),
        "positives": int(event.sum()),
        "predicted_share": round(float(probability.mean()), 4),
        "observed_share": round(float(event.mean()), 4),
        "calibration_slope": round(calibration_line(event, probability).slope, 3) if is_enough else np.nan,
        "auroc": round(auroc(event, probability), 4) if is_enough else np.nan,
        "training_auroc": known,
        "brier": round(brier(event, probability), 4),
        "drifting_days": drifting.get(model_id, 0),
    }


def _reasons(row: Mapping[str, Any], watch: Watch) -> list[str]:
    name, gap = row["model_id"], row["observed_share"] - row["predicted_share"]
    found = []
    if row["training_auroc"] - row["auroc"] > watch.auroc_gap:
        found.append(f"{name} ranks worse than in training: AUROC {row['auroc']:.3f} for {row['training_auroc']:.3f}.")
    if row["positives"] >= LEAST_POSITIVES and abs(gap) > watch.calibration_gap:
        found.append(f"{name} expected {row['predicted_share']:.1%}, and {row['observed_share']:.1%} needed red cells.")
    if row["drifting_days"] >= OFTEN * row["days"]:
        found.append(f"{name} saw drift on {row['drifting_days']} of {row['days']} days.")
    return found
