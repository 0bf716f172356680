"""How a figure and its interval are written, on a card of plain text and on a page alike."""

from collections.abc import Mapping
from typing import Any

DASH = "–"
"""Stands for a value that is not known or does not apply; an empty cell would look like a mistake."""


def decimal(value: float | None, places: int = 3) -> str:
    """A number with thousands apart and a true minus sign: ``1,327.000``, ``−0.400``; a dash where there is none."""
    return DASH if value is None else f"{round(value, places) + 0.0:,.{places}f}".replace("-", "−")


def between(interval: Mapping[str, float | None]) -> str:
    """A value with its interval: ``0.843 (0.823 to 0.860)``."""
    return f"{decimal(interval['value'])} ({decimal(interval['low'])} to {decimal(interval['high'])})"


def limited(found: Mapping[str, Any], name: str) -> str:
    """A figure of an evaluation with its interval, which stands beside it as ``NAME_interval``."""
    low, high = found[f"{name}_interval"] or (None, None)
    return between({"value": found[name], "low": low, "high": high})
