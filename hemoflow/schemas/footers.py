"""What the footers of Parquet files say about their days and instants, without reading a row."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def bounds(path: Path | str, columns: Iterable[str]) -> tuple[Any, Any] | None:
    """The earliest and the latest value in these columns, which are of one type.

    None where the footer does not say, or cannot be read from here, or where there is no value.
    """
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
            found += [facts.min, facts.max] if facts.has_min_max else []
    return (min(found), max(found)) if found else None
