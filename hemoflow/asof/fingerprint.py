"""A hash of everything visible at a cut, which records that arrive later do not change."""

import hashlib

from hemoflow.asof.visible import Engine
from hemoflow.schemas.canonical import CANONICAL


def content_hash(engine: Engine) -> str:
    """SHA-256 over each table's number of rows and the sum of its rows' MD5, so that the order of rows is immaterial.

    This question belongs to the engine alone: no other engine has to give the same hash.
    """
    lines = []
    for name in sorted(CANONICAL):
        rows, total = engine.connection.execute(
            f"SELECT count(*), coalesce(sum(md5_number_lower(CAST(t AS VARCHAR))), 0) FROM {name} t"
        ).fetchall()[0]
        lines.append(f"{name}:{rows}:{total}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
