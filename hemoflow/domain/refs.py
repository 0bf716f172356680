"""Small references that stages exchange instead of frames."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from hemoflow.domain.errors import UsageError

LOGICAL_DAYS = (date(1850, 1, 1), date(2251, 12, 31))
"""First and last day for which a run may be asked: wherever rows of a source may lie, and a year after the last."""


@dataclass(frozen=True, slots=True)
class FrameRef:
    """A frame on disk.

    Attributes:
        name: Name of the result schema, for example ``need``.
        path: Parquet file.
        sha256: Hash of the file's bytes.
        rows: Number of rows.
    """

    name: str
    path: str
    sha256: str
    rows: int


def cut_instant(as_of: date, hour: int, zone: str) -> datetime:
    """The instant up to which a run for ``as_of`` may know anything: ``hour`` o'clock local time, in UTC.

    Raises:
        UsageError: The day lies outside of :data:`LOGICAL_DAYS`.
    """
    if not LOGICAL_DAYS[0] <= as_of <= LOGICAL_DAYS[1]:
        raise UsageError(f"{as_of} is no day to plan.", remedy=f"Give one from {LOGICAL_DAYS[0]} to {LOGICAL_DAYS[1]}.")
    return datetime.combine(as_of, time(hour), ZoneInfo(zone)).astimezone(UTC)
