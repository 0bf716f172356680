"""Covariates that are words, as flags: one for each word but the first of the alphabet."""

import numpy as np
import pandas as pd

MOST_WORDS = 12


def word_flags(name: str, cells: pd.Series, empty: pd.Series) -> dict[str, pd.Series] | None:
    """Flags of a column of words, or ``None`` where it holds numbers.

    Args:
        name: Name of the column.
        cells: Its text.
        empty: Which cells say nothing; their flags are unknown.

    Returns:
        By name, such as ``weather=rain``; none where one word stands everywhere, or so many words that they are
        remarks rather than classes.
    """
    said = cells.where(~empty).str.lower()
    words = sorted(said.dropna().unique())
    if not words or pd.to_numeric(pd.Series(words), errors="coerce").notna().any():
        return None
    told = words[1:] if len(words) <= MOST_WORDS else []
    return {f"{name}={word}": (said == word).astype(float).where(~empty, np.nan) for word in told}
