"""The files of a table by how they came: the history of a source, and what its later deliveries brought.

A file of the lake is named ``<source>-<sha12>.parquet``; a later delivery carries its arrival behind an ``@``.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from hemoflow.schemas.footers import bounds

_NAME = re.compile(r"(?P<source>.*?)(@(?P<arrival>[0-9]{8}t[0-9]{6}z))?(-[0-9a-f]{12})?\.parquet")


def by_deliveries(files: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """Files of sources that came once; of the other sources, the history that came first and the deliveries after."""
    named = {file: _name(file) for file in files}
    delivered = {source for source, arrival in named.values() if arrival}
    once = [file for file, (source, _) in named.items() if source not in delivered]
    first = [file for file, (source, arrival) in named.items() if source in delivered and not arrival]
    return once, first, [file for file, (_, arrival) in named.items() if arrival]


def may_overtake(first: Sequence[str], later: Sequence[str]) -> bool:
    """Whether a record of the history may have arrived after one that a delivery brought."""
    known = [bounds(file, ["available_at"]) for file in first]
    arrivals = [datetime.strptime(_name(file)[1], "%Y%m%dt%H%M%Sz").replace(tzinfo=UTC) for file in later]
    return any(span is None or span[1] > min(arrivals) for span in known)


def _name(file: str) -> tuple[str, str]:
    found = _NAME.fullmatch(Path(file).name)
    return (found["source"], found["arrival"] or "") if found else (Path(file).name, "")
