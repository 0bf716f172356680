"""A hash of everything visible at a cut, which records that arrive later do not change."""

import hashlib
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import datetime
from pathlib import Path

from hemoflow.asof.footers import latest_at
from hemoflow.asof.visible import Engine
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.columns import INSTANT

Paths = Mapping[str, Sequence[Path | str]]


def content_hash(engine: Engine, paths: Paths, remembered: MutableMapping[str, str] | None = None) -> str:
    """SHA-256 over each table's number of rows and the sum of its rows' MD5, so that the order of rows is immaterial.

    What a file adds is the same at every cut behind its last instant. It can therefore be remembered, and a day costs
    what it brings, however long the history is. A record that came twice counts twice; what is superseded still counts.

    This question belongs to the engine alone: no other engine has to give the same hash.

    Args:
        engine: An open engine.
        paths: The files behind its tables.
        remembered: What files added before, by a name of theirs that their content decides; is filled.
    """
    lines = []
    for name in sorted(CANONICAL):
        rows, total, partly = 0, 0, []
        for path in paths.get(name, ()):
            found = _whole(engine, name, path, remembered)
            if found is None:
                partly.append(str(path))
            else:
                rows, total = rows + found[0], total + found[1]
        seen = _added(engine, name, partly) if partly else (0, 0)
        lines.append(f"{name}:{rows + seen[0]}:{total + seen[1]}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _whole(
    engine: Engine, name: str, path: Path | str, remembered: MutableMapping[str, str] | None
) -> tuple[int, int] | None:
    """Rows and sum of a file that lies wholly before the cut; None for others, or where nothing is remembered."""
    if remembered is None:
        return None
    known = f"{engine.name}/{name}/{Path(path).name}"
    if known not in remembered:
        instants = [column for column, kind in CANONICAL[name].columns.items() if str(kind.dtype) == INSTANT]
        last_at = latest_at(path, instants)
        if last_at is None or last_at > engine.cut_at:
            return None
        rows, total = _added(engine, name, [str(path)])
        remembered[known] = f"{last_at.isoformat()} {rows} {total}"
    moment, rows_text, total_text = remembered[known].split(" ")
    return (int(rows_text), int(total_text)) if datetime.fromisoformat(moment) <= engine.cut_at else None


def _added(engine: Engine, name: str, files: list[str]) -> tuple[int, int]:
    """Number and sum of the rows of files that are visible at the cut."""
    # As text, for the sum has more digits than any frame holds.
    total = f"CAST(coalesce(sum({engine.row_digest(CANONICAL[name])}), 0) AS {engine.text_type})"
    found = engine.query(f"SELECT count(*) AS n, {total} AS total FROM ({engine.visible(CANONICAL[name], files)}) t")
    return int(found["n"].iloc[0]), int(found["total"].iloc[0])
