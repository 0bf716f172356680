"""The need model's card as a page, under the headings that TRIPOD+AI asks a report of a prediction model to have."""

from collections.abc import Mapping
from typing import Any

from hemoflow.domain.figures import between, limited
from hemoflow.reports.fairness import fairness_told
from hemoflow.reports.pages import render
from hemoflow.reports.reliability import reliability_picture
from hemoflow.reports.words import listed

PROMOTE = "promote"


def card_html(content: Mapping[str, Any], standing: str) -> str:
    """The card as one HTML page: no script, nothing loaded, nothing about a single patient.

    Args:
        content: What ``model.json`` of a need model holds.
        standing: Whether it took the place of the version in force, and why.
    """
    rivals = [
        {"name": _name(name), "gain": gain_words(found), **found} for name, found in content["challengers"].items()
    ]
    return render(
        "need_card.html", model=content, standing=standing, sources=performance(content["metrics"]), rivals=rivals,
        verdict=verdict(content["challengers"]), between=between, limited=limited,
        told=fairness_told(content["fairness"]),
    )  # fmt: skip


def performance(metrics: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The figures of each source with its name in words and its reliability curve, as the card has them."""
    return [
        dict(figures)
        | {"name": _name(figures["source"]), "picture": reliability_picture(figures["source"], figures["reliability"])}
        for figures in metrics.values()
    ]


def verdict(challengers: Mapping[str, Mapping[str, Any]]) -> str:
    """One sentence: which challengers are better beyond noise, and what follows."""
    if not challengers:
        return "No challenger was judged."
    better = [_name(name) for name, found in challengers.items() if found["decision"] == PROMOTE]
    if not better:
        return "No challenger is better beyond noise, so none is promoted: the boosted trees stay."
    return (
        f"Better beyond noise than the boosted trees: {listed(better)}. The one that gains most gives the probability "
        "of 24 hours in their place; unlike them it does not promise that a lower haemoglobin never lowers the need."
    )


def gain_words(found: Mapping[str, Any]) -> str:
    """Gain in AUROC over the model with its 95 % interval."""
    gain, limits = found["gain_over_model"], found["gain_over_model_interval"]
    if gain is None or limits is None:
        return "not known"
    return f"{_signed(gain)} ({_signed(limits[0])} to {_signed(limits[1])})"


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


def _name(name: str) -> str:
    return name.replace("_", " ")
