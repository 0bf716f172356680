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
        # As text, for the sum has more digits than any frame holds.
        total = f"CAST(coalesce(sum({engine.row_digest}), 0) AS {engine.text_type})"
        found = engine.query(f"SELECT count(*) AS n, {total} AS total FROM {name} t")
        lines.append(f"{name}:{found['n'].iloc[0]}:{found['total'].iloc[0]}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
