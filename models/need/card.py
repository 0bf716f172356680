"""The model card: what the model is for, how good it was, and where it must not be trusted."""

from collections.abc import Mapping, Sequence
from typing import Any

from hemoflow.domain.figures import between, decimal, limited

TREES = "boosted_trees"
"""Family of the model where no challenger took the trees' place."""

HEAD = """# Need model {model_id}

Trained as of {trained_as_of} with seed {seed}. Research use; not a medical device. A prediction is past behaviour
carried forward: it proposes, a person decides, and it never withdraws a request or a threshold.

* **Asks**, at the daily cut, of a patient under care: the probability of a red-cell request or transfusion within
  24 hours, and the units newly needed on each of the next {horizon_days} days.
* **Learned** from what was known at past cuts. {learned}
* **Standing.** {stands}
* **Judged** by cross-validation in which no patient is on both sides, over several deals of the patients where
  positives are few; intervals are 95 % by patient.
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
Challengers on the same folds, on days with a fresh haemoglobin; one takes the trees' place only when the 95 % interval
of its gain, by patient, lies above zero:

| challenger | AUROC | AUPRC | gain in AUROC over the trees | decision |
|---|---:|---:|---|---|
{rivals}
"""
SEARCH = """
Search for settings of the trees of {programme}: {trials} trials in each fold, never on the fold's own patients.
Loss out of fold {loss_nested:.4f} with it, {loss_policy:.4f} with the policy's settings: {verdict}.
Over all folds: {settings}.
"""
IN_TIME = """
Validated in time: learned from the older days without one patient of four, judged on the newest quarter of the days,
28 days later. Only where patients share a calendar; days with a haemoglobin:

| programme | days | positives | AUROC | last haemoglobin alone | calibration slope | AUROC of patients never seen |
|---|---:|---:|---|---:|---|---:|
{later}
"""
GROUPS = """## By group

Out of sample; intervals of 95 % by patient; sensitivity at the policy's probability; calibration in the large is
observed minus predicted; coverage is that of the limits of 28 days. Groups with few patients are withheld. A warning
needs the whole interval beyond the policy's gap.
"""
TAIL = """
Limits: few positives in the real source, one hospital, blood groups and outpatients made up in the demonstration;
haemoglobin is the laboratory's, not the blood gas analyser's; the calendar of the real source was moved, so weekdays
are not used.
"""


BY_TREES = (
    "XGBoost gives the probability of 24 hours by trees that start from a line of the haemoglobin (with the "
    "haematocrit) and the units given the day before; a lower haemoglobin never lowers the need."
)
BY_RIVAL = (
    "The {family} gives the probability of 24 hours, because it was better than the boosted trees beyond noise; unlike "
    "them it does not promise that a lower haemoglobin never lowers the need. Trees give the rest."
)
UNJUDGED = "Not compared with another version: this training was not asked to."


def learned(family: str) -> str:
    """What gives the probability, in words."""
    return BY_TREES if family == TREES else BY_RIVAL.format(family=family.replace("_", " "))


def stands(standing: Mapping[str, Any]) -> str:
    """Whether the model took the place of the version in force, and why, in words."""
    return str(standing["decision"]) if standing else UNJUDGED


def card(content: Mapping[str, Any]) -> str:
    """Markdown of the card.

    Args:
        content: What ``model.json`` holds, with ``standing``; metrics as
            :meth:`models.need.validation.Metrics.to_dict` gives them.
    """
    metrics = content["metrics"]
    rows = "\n".join(_row(figures) for figures in metrics.values())
    fresh = "\n".join(_fresh(figures) for figures in metrics.values())
    rivals = "\n".join(_rival(name, found) for name, found in content["challengers"].items())
    told = (
        TABLE.format(rows=rows, fresh=fresh, **content)
        + RIVALS.format(rivals=rivals)
        + _in_time(content["in_time"])
        + _searched(content["searched"])
    )
    head = HEAD.format(**content, learned=learned(content["family"]), stands=stands(content["standing"]))
    return head + told + groups(content["fairness"]) + TAIL


def _in_time(later: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        f"| {name} | {found['n']} | {found['positives']} | {limited(found, 'auroc')} "
        f"| {decimal(found['baseline_last_haemoglobin']['auroc'])} | {limited(found, 'calibration_slope')} "
        f"| {decimal(found['auroc_patients_never_seen'])} |"
        for name, found in later.items()
    ]
    return IN_TIME.format(later="\n".join(rows)) if rows else ""


def _searched(searched: Mapping[str, Mapping[str, Any]]) -> str:
    told = []
    for programme, found in searched.items():
        settings = ", ".join(f"{name.replace('_', ' ')} {value:.3g}" for name, value in found["settings"].items())
        verdict = "they are used" if found["is_used"] else "the policy's are kept"
        told.append(SEARCH.format(**{**found, "programme": programme, "verdict": verdict, "settings": settings}))
    return "".join(told)


def groups(rows: Sequence[Mapping[str, Any]]) -> str:
    """Markdown of the figures by group; empty where none were made."""
    if not rows:
        return ""
    metrics = sorted({row["metric"] for row in rows})
    by_group: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = {}
    for row in rows:
        by_group.setdefault((row["attribute"], row["group"]), {})[row["metric"]] = row
    lines = [
        f"| {attribute} | {group} | {_patients(cells)} | {' | '.join(_cell(cells.get(name)) for name in metrics)} |"
        for (attribute, group), cells in by_group.items()
    ]
    head = f"| by | group | patients | {' | '.join(name.replace('_', ' ') for name in metrics)} |"
    warned = [f"* {_warning(row)}" for row in rows if row["is_warning"]]
    table = [head, "|---|---|---:|" + "---|" * len(metrics), *lines]
    return "\n".join(["", GROUPS, *table, "", *(warned or ["No gap is beyond the policy."]), ""])


def _patients(cells: Mapping[str, Mapping[str, Any]]) -> str:
    counts = [row["patients"] for row in cells.values() if row["patients"] is not None]
    return str(max(counts)) if counts else "withheld"


def _cell(row: Mapping[str, Any] | None) -> str:
    if row is None or row["value"] is None:
        return "" if row is None or not row["is_withheld"] else "withheld"
    return between(row) + (" **!**" if row["is_warning"] else "")


def _warning(row: Mapping[str, Any]) -> str:
    words = f"{row['metric'].replace('_', ' ')} of {row['attribute']} {row['group']} is {between(row)}"
    return f"**Warning:** {words}, beyond a gap of {row['gap_limit']:g} from {decimal(row['reference'])}."


def _row(figures: Mapping[str, Any]) -> str:
    line = figures["calibration"]
    return (
        f"| {figures['source']} | {figures['points']} | {figures['positives']} | {figures['patients']} "
        f"| {between(figures['auroc'])} | {between(figures['auprc'])} | {decimal(figures['brier']['value'])} "
        f"| {decimal(line['slope'])} | {decimal(line['intercept'])} |"
    )


def _fresh(figures: Mapping[str, Any]) -> str:
    return (
        f"| {figures['source']} | {figures['fresh_points']} | {figures['fresh_positives']} "
        f"| {between(figures['fresh_auroc'])} | {between(figures['baseline_auroc'])} "
        f"| {between(figures['fresh_auprc'])} | {between(figures['baseline_auprc'])} "
        f"| {decimal(figures['units_error'])} | {decimal(figures['baseline_units_error'])} "
        f"| {decimal(figures['units_ratio'])} |"
    )


def _rival(name: str, found: Mapping[str, Any]) -> str:
    gain = limited(found, "gain_over_model")
    return (
        f"| {name.replace('_', ' ')} | {decimal(found['auroc'])} | {decimal(found['auprc'])} | {gain} "
        f"| {found['decision']} |"
    )
