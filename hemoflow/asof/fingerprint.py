"""A hash of everything visible at a cut, which records that arrive later do not change."""

import hashlib
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import datetime
from pathlib import Path

from hemoflow.asof.asking import instants_of
from hemoflow.asof.visible import Engine
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.footers import bounds

Paths = Mapping[str, Sequence[Path | str]]
UNKNOWN = "unknown"
"""Where a footer does not say which instant is the last."""


def content_hash(engine: Engine, paths: Paths, remembered: MutableMapping[str, str] | None = None) -> str:
    """SHA-256 over each table's number of rows and the sum of its rows' MD5, so that the order of rows is immaterial.

    What all rows of a file add is the same at every cut, and can be remembered; at a cut within the file, rows with an
    instant ahead of it are taken out, and what may be seen of them is put back. So a day costs what it brings, however
    long the history is. A record that came twice counts twice; what is superseded still counts.

    This question belongs to the engine alone: no other engine has to give the same hash.

    Args:
        engine: An open engine.
        paths: The files behind its tables.
        remembered: What files added before, by a name of theirs that their content decides; is filled.
    """
    lines = []
    for name in sorted(CANONICAL):
        files = [str(path) for path in paths.get(name, ())]
        if remembered is None:
            parts = [_added(engine, name, engine.visible(CANONICAL[name], files))] if files else []
        else:
            parts = [_of_file(engine, name, file, remembered) for file in files]
        lines.append(f"{name}:{sum(rows for rows, _ in parts)}:{sum(total for _, total in parts)}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _of_file(engine: Engine, name: str, file: str, remembered: MutableMapping[str, str]) -> tuple[int, int]:
    """Rows of a file that are visible at the cut and their sum, from what all its rows add."""
    layout, known = CANONICAL[name], f"{engine.name}/{name}/{Path(file).name}"
    every = f"SELECT {', '.join(layout.columns)} FROM {engine.scan(name, [file])}"
    if known not in remembered:
        rows, total = _added(engine, name, every)
        span = bounds(file, instants_of(layout))
        remembered[known] = f"{span[1].isoformat() if span else UNKNOWN} {rows} {total}"
    moment, *counts = remembered[known].split(" ")
    rows, total = map(int, counts)
    if moment != UNKNOWN and datetime.fromisoformat(moment) <= engine.cut_at:
        return rows, total
    late = engine.late(layout)
    hidden = _added(engine, name, f"{every} WHERE {late}")
    shown = _added(engine, name, engine.visible(layout, [file], only=late))
    return rows - hidden[0] + shown[0], total - hidden[1] + shown[1]


def _added(engine: Engine, name: str, query: str) -> tuple[int, int]:
    """Number and sum of the rows that a query gives."""
    # As text, for the sum has more digits than any frame holds.
    total = f"CAST(coalesce(sum({engine.row_digest(CANONICAL[name])}), 0) AS {engine.text_type})"
    found = engine.query(f"SELECT count(*) AS n, {total} AS total FROM ({query}) t")
    return int(found["n"].iloc[0]), int(found["total"].iloc[0])
