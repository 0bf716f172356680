"""Days as people write them: ISO in its forms, and numbers with the year last where their order is sure."""

import pandas as pd

ISO = r"(\d{4})([-/.]?)(\d{2})\2(\d{2})(?:[T ]\d{2}:?\d{2}.*)?"
"""2024-12-31, 2024/12/31, 20241231; what follows as a time of the day is left out."""
YEAR_LAST = r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})"
LAST_MONTH = 12


def read_days(cells: pd.Series) -> tuple[pd.Series, str]:
    """The days of a column of text, NaT where a cell is no day.

    Returns:
        Days at midnight; and what was taken for the order of day and month, empty for the ISO order. Numbers with the
        year last are read when some cell has a number over twelve on one side, and none has one on the other.
    """
    parts = cells.str.extract(f"^{ISO}$")
    last = cells.str.extract(f"^{YEAR_LAST}$")
    first, second = (pd.to_numeric(last[place]) for place in (0, 2))
    day_first, month_first = (first > LAST_MONTH).any(), (second > LAST_MONTH).any()
    year, month, day = parts[0], parts[2], parts[3]
    if day_first != month_first:
        year = year.fillna(last[3])
        places = (2, 0) if day_first else (0, 2)
        month, day = month.fillna(last[places[0]]), day.fillna(last[places[1]])
    text = year + "-" + month.str.zfill(2) + "-" + day.str.zfill(2)
    order = {(True, False): "day first", (False, True): "month first"}.get((bool(day_first), bool(month_first)), "")
    return pd.to_datetime(text, format="%Y-%m-%d", errors="coerce").astype("datetime64[ns]"), order
