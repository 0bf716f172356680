"""An engine over the canonical tables, showing only what was known at a cut."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hemoflow.asof.asking import BLOCKS, SQL, Engine, question_text
from hemoflow.asof.duck import open_duck
from hemoflow.asof.spark import open_spark
from hemoflow.domain.errors import UsageError
from hemoflow.schemas.canonical import CANONICAL

__all__ = ["BLOCKS", "ENGINES", "SQL", "Engine", "open_engine", "question_text"]

ENGINES = {"duckdb": open_duck, "spark": open_spark}
"""Every engine by the name that settings use."""


@contextmanager
def open_engine(
    paths: Mapping[str, Sequence[Path | str]],
    cut_at: datetime,
    *,
    time_zone: str,
    threads: int = 1,
    engine: str = "duckdb",
) -> Iterator[Engine]:
    """Open the tables as they were known at the cut.

    Args:
        paths: Canonical table name to its Parquet files; a table without files is empty.
        cut_at: Instant up to which anything is visible; must carry a zone.
        time_zone: IANA zone of calendar days.
        threads: Threads of the engine.
        engine: ``duckdb`` or ``spark``; both give the same answers.

    Raises:
        UsageError: The cut has no zone, the zone, the engine or a table is unknown, or the engine is not installed.
        InputError: A file is absent or lacks a column.
    """
    zone = _zone(time_zone)
    if cut_at.tzinfo is None:
        raise UsageError(f"The cut {cut_at.isoformat()} has no time zone.", remedy="Give an instant in UTC.")
    unknown = sorted(set(paths) - set(CANONICAL))
    if unknown:
        raise UsageError(f"Unknown tables: {', '.join(unknown)}.", remedy=f"Known: {', '.join(CANONICAL)}.")
    if engine not in ENGINES:
        raise UsageError(f"Unknown engine '{engine}'.", remedy=f"Use one of {', '.join(ENGINES)}.")
    with ENGINES[engine](cut_at.astimezone(UTC), zone, threads) as opened:
        opened.show_tables(paths)
        yield opened


def _zone(time_zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UsageError(f"Unknown time zone '{time_zone}'.", remedy="Give an IANA name, as Europe/Rome.") from error
