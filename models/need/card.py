"""The model card: what the model is for, how good it was, and where it must not be trusted."""

from collections.abc import Mapping
from typing import Any

HEAD = """# Need model {model_id}

Trained as of {trained_as_of} with seed {seed}. Research use; not a medical device. A prediction is past behaviour
carried forward: it proposes, a person decides, and it never withdraws a request or a threshold.

* **Asks**, at the daily cut, of a patient under care: the probability of a red-cell request or transfusion within
  24 hours, and the units newly needed on each of the next {horizon_days} days.
* **Learned** by two XGBoost models from what was known at past cuts; a lower haemoglobin never lowers the need.
* **Judged** by cross-validation in which no patient is on both sides; intervals are 95 % by patient.
"""
TABLE = """
| source | days | positives | patients | AUROC | AUPRC | Brier | calibration slope | intercept |
|---|---:|---:|---:|---|---|---:|---:|---:|
{rows}

Where the last haemoglobin is fresh, beside that haemoglobin alone; units of {horizon_days} days beside the recent rate:

| source | fresh days | positives | AUROC | alone | AUPRC | alone | units error | by rate | predicted / observed |
|---|---:|---:|---|---|---|---|---:|---:|---:|
{fresh}
"""
RIVALS = """
Challengers on the same folds, on days with a fresh haemoglobin; one takes the model's place only when the 95 % interval
of its gain, by patient, lies above zero:

| challenger | AUROC | AUPRC | gain in AUROC over the model | decision |
|---|---:|---:|---|---|
{rivals}
"""
TAIL = """
Limits: few positives in the real source, one hospital, blood groups and outpatients made up in the demonstration;
haemoglobin is the laboratory's, not the blood gas analyser's; the calendar of the real source was moved, so weekdays
are not used.
"""


def card(content: Mapping[str, Any]) -> str:
    """Markdown of the card.

    Args:
        content: What ``model.json`` holds; metrics as :meth:`models.need.validation.Metrics.to_dict` gives them.
    """
    metrics = content["metrics"]
    rows = "\n".join(_row(figures) for figures in metrics.values())
    fresh = "\n".join(_fresh(figures) for figures in metrics.values())
    rivals = "\n".join(_rival(name, found) for name, found in content["challengers"].items())
    told = TABLE.format(rows=rows, fresh=fresh, **content) + RIVALS.format(rivals=rivals)
    return HEAD.format(**content) + told + TAIL


def _row(figures: Mapping[str, Any]) -> str:
    line = figures["calibration"]
    return (
        f"| {figures['source']} | {figures['points']} | {figures['positives']} | {figures['patients']} "
        f"| {_between(figures['auroc'])} | {_between(figures['auprc'])} | {_number(figures['brier']['value'])} "
        f"| {_number(line['slope'])} | {_number(line['intercept'])} |"
    )


def _fresh(figures: Mapping[str, Any]) -> str:
    return (
        f"| {figures['source']} | {figures['fresh_points']} | {figures['fresh_positives']} "
        f"| {_between(figures['fresh_auroc'])} | {_between(figures['baseline_auroc'])} "
        f"| {_between(figures['fresh_auprc'])} | {_between(figures['baseline_auprc'])} "
        f"| {_number(figures['units_error'])} | {_number(figures['baseline_units_error'])} "
        f"| {_number(figures['units_ratio'])} |"
    )


def _rival(name: str, found: Mapping[str, Any]) -> str:
    low, high = found["gain_over_model_interval"] or (None, None)
    gain = _between({"value": found["gain_over_model"], "low": low, "high": high})
    return (
        f"| {name.replace('_', ' ')} | {_number(found['auroc'])} | {_number(found['auprc'])} | {gain} "
        f"| {found['decision']} |"
    )


def _between(interval: Mapping[str, float | None]) -> str:
    return f"{_number(interval['value'])} ({_number(interval['low'])} to {_number(interval['high'])})"


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
