"""What the footers of Parquet files say about their instants, without reading a row."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def latest_at(path: Path | str, columns: Iterable[str]) -> datetime | None:
    """The latest instant in any of these columns; None where the footer does not say, or cannot be read from here."""
    try:
        footer = pq.read_metadata(path)
    except (OSError, pa.ArrowInvalid):
        return None
    wanted, found = set(columns), []
    for group in range(footer.num_row_groups):
        for place in range(footer.num_columns):
            chunk = footer.row_group(group).column(place)
            if chunk.path_in_schema not in wanted:
                continue
            facts = chunk.statistics
            if facts is None or not (facts.has_min_max or facts.null_count == chunk.num_values):
                return None
            found += [facts.max] if facts.has_min_max else []
    return max(found, default=None)
