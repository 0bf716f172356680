"""The need model's card as a page, under the headings that TRIPOD+AI asks a report of a prediction model to have."""

from collections.abc import Mapping
from typing import Any

from hemoflow.domain.disclosure import suppress
from hemoflow.domain.figures import between, limited
from hemoflow.reports.fairness import WITHHELD, fairness_told
from hemoflow.reports.model_card import EVERYBODY
from hemoflow.reports.pages import render
from hemoflow.reports.reliability import reliability_picture
from hemoflow.reports.words import listed, number

PROMOTE = "promote"


def card_html(content: Mapping[str, Any], standing: str, smallest: int) -> str:
    """The card as one HTML page: no script, nothing loaded, nothing about a single patient.

    Args:
        content: What ``model.json`` of a need model holds.
        standing: Whether it took the place of the version in force, and why.
        smallest: Least count of a group of patients that may be shown.
    """
    rivals = [
        {"name": _name(name), "gain": gain_words(found), **found} for name, found in content["challengers"].items()
    ]
    return render(
        "need_card.html", model=content, standing=standing, rivals=rivals,
        sources=performance(content["metrics"], smallest), verdict=verdict(content["challengers"]),
        between=between, limited=limited, told=fairness_told(content["fairness"]),
        later=_told({name: row["positives"] for name, row in content["in_time"].items()}, smallest),
    )  # fmt: skip


def performance(metrics: Mapping[str, Mapping[str, Any]], smallest: int) -> list[dict[str, Any]]:
    """The figures of each source with its name in words and its reliability curve, as the card has them.

    Of a source with few patients or positives the counts are withheld, and with few positives the curve, too: its
    shares and days would give them away. So is what would give them by subtraction from everybody's.

    Args:
        metrics: Figures by source, ``all`` for everybody together.
        smallest: Least count that may be shown.
    """
    counts = {
        count: _told({name: figures[count] for name, figures in metrics.items()}, smallest)
        for count in ("patients", "positives", "fresh_positives")
    }
    counts["week_positives"] = _told({name: row["week"]["positives"] for name, row in metrics.items()}, smallest)
    found = []
    for name, figures in metrics.items():
        told = {count: texts[name] for count, texts in counts.items()}
        is_few = told["positives"] == WITHHELD
        picture = None if is_few else reliability_picture(figures["source"], figures["reliability"])
        found.append(dict(figures) | {"name": _name(figures["source"]), "picture": picture, "told": told})
    return found


def _told(counts: Mapping[str, int], smallest: int) -> dict[str, str]:
    """Counts of groups, beside which everybody's may stand, as they may be shown."""
    whole = {name: n for name, n in counts.items() if name == EVERYBODY}
    groups = {name: n for name, n in counts.items() if name != EVERYBODY}
    shown = suppress(groups, smallest) | suppress(whole, smallest)
    return {name: WITHHELD if shown[name] is None else number(n) for name, n in counts.items()}


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
