"""Plans of past days against what really happened, as it is known now."""

from collections.abc import Sequence

import pandas as pd

COLUMNS = ("day", "planned_units", "requested_units", "difference_units")


def plan_against_actual(planned: pd.DataFrame, requested: pd.DataFrame) -> pd.DataFrame:
    """New units that each day's run expected for the day itself, beside what was asked for.

    Args:
        planned: ``day``, ``planned_units``: one row a run.
        requested: ``request_on``, ``requested_units``: any number of rows a day.

    Returns:
        One row for each planned day on which anything is known, with :data:`COLUMNS`.
    """
    actual = requested.groupby("request_on", as_index=False)["requested_units"].sum()
    both = planned.merge(actual, left_on="day", right_on="request_on").sort_values("day", ignore_index=True)
    both["difference_units"] = both["planned_units"] - both["requested_units"]
    return both[list(COLUMNS)]


def in_words(review: pd.DataFrame) -> str:
    """The review in a sentence."""
    if review.empty:
        return "No published day of the month has an outcome yet."
    error, bias = review["difference_units"].abs().mean(), review["difference_units"].mean()
    return (
        f"{len(review)} days: expected {review['planned_units'].mean():.1f} units a day, asked for were "
        f"{review['requested_units'].mean():.1f}; off by {error:.1f} a day, on average {bias:+.1f}."
    )


def month_page(period: str, plans: str, models: Sequence[str]) -> str:
    """The monthly evaluation as Markdown.

    Args:
        period: The days, in words.
        plans: From :func:`in_words`.
        models: What is thought of the models in use, sentence by sentence.
    """
    return "\n\n".join([f"# {period}", "## Plans", plans, "## Models", *(f"* {words}" for words in models)]) + "\n"
