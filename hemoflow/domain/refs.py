"""Small references that stages exchange instead of frames."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


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
    """The instant up to which a run for ``as_of`` may know anything: ``hour`` o'clock local time, in UTC."""
    return datetime.combine(as_of, time(hour), ZoneInfo(zone)).astimezone(UTC)
