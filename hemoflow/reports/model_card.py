"""How good the need model is, in a sentence, always beside the simple rule that it has to beat."""

from collections.abc import Mapping
from typing import Any

from hemoflow.reports.words import is_missing, number

Metrics = Mapping[str, float | int | None]
MADE_UP = "synthetic"
EVERYBODY = "all"


def headline_metrics(metrics: Mapping[str, Mapping[str, Any]]) -> dict[str, float | int | None]:
    """The figures that :func:`model_words` needs, of real patients where the evaluation tells them apart.

    Model and baseline are compared on the same days, those with a fresh haemoglobin.

    Args:
        metrics: Evaluation of the need model: figures by source, ``all`` for everybody together.
    """
    real = [source for source in metrics if source != EVERYBODY and MADE_UP not in source]
    figures = metrics.get(real[0] if len(real) == 1 else EVERYBODY)
    if figures is None:
        return {}
    auroc, auprc = figures["fresh_auroc"], figures["fresh_auprc"]
    return {
        "is_real": int(len(real) == 1),
        "auroc": auroc["value"],
        "auroc_low": auroc["low"],
        "auroc_high": auroc["high"],
        "baseline_auroc": figures["baseline_auroc"]["value"],
        "auprc": auprc["value"],
        "baseline_auprc": figures["baseline_auprc"]["value"],
        "calibration_slope": figures["calibration"]["slope"],
        "positives": figures["fresh_positives"],
        "rows": figures["fresh_points"],
        "patients": figures["patients"],
    }


def model_words(model_id: str, metrics: Metrics) -> str:
    """One sentence on discrimination, baseline and the evidence behind them; what was not measured is not claimed.

    Args:
        model_id: Model version; empty when the run used none.
        metrics: Any of the keys that :func:`headline_metrics` gives; ``_low`` and ``_high`` bound a 95 % interval.
    """
    if not model_id:
        return "No need model was used."
    known = {key: value for key, value in metrics.items() if not is_missing(value)}
    if "auroc" not in known:
        return f"Need model {model_id}: no evaluation on record."
    whom = ", judged on real patients only" if known.get("is_real") else ""
    facts = [_beside("AUROC", "auroc", known), _beside("AUPRC", "auprc", known), _slope(known), _evidence(known)]
    return f"Need model {model_id}{whom}: {'; '.join(filter(None, facts))}."


def _beside(words: str, key: str, known: Metrics) -> str:
    if key not in known:
        return ""
    low, high = known.get(f"{key}_low"), known.get(f"{key}_high")
    interval = "" if is_missing(low) or is_missing(high) else f" (95 % {number(low, 2)} to {number(high, 2)})"
    baseline = known.get(f"baseline_{key}")
    alone = "" if is_missing(baseline) else f", last haemoglobin alone {number(baseline, 3)}"
    return f"{words} {number(known[key], 3)}{interval}{alone}"


def _slope(known: Metrics) -> str:
    return f"calibration slope {number(known['calibration_slope'], 2)}" if "calibration_slope" in known else ""


def _evidence(known: Metrics) -> str:
    names = {"positives": "positive days", "rows": "days with a fresh haemoglobin", "patients": "patients"}
    return ", ".join(f"{number(known[key])} {words}" for key, words in names.items() if key in known)
