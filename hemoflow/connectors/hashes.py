"""SHA-256 of delivered files, computed anew only where a file may have changed since it was last read."""

import hashlib
import os
import time
from collections.abc import MutableMapping
from pathlib import Path

SETTLED_SECONDS = 2.0
"""A file touched later than this could change again within one tick of the clock: it is not remembered."""


def file_digest(path: Path, remembered: MutableMapping[str, str] | None = None) -> bytes:
    """SHA-256 of a file's bytes.

    Args:
        path: The file.
        remembered: Hashes found before, by the hash of the path, which may name a patient; is filled. One counts while
            size, place on disk and both times of the file are what they were; the time of its last change of state
            cannot be set back by whoever copies files.
    """
    facts = path.stat()
    state = f"{facts.st_size} {facts.st_ino} {facts.st_mtime_ns} {facts.st_ctime_ns}"
    known = remembered if remembered is not None else {}
    name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()
    before, _, found = known.get(name, "").rpartition(" ")
    if before == state:
        return bytes.fromhex(found)
    is_settled = time.time() - facts.st_ctime > SETTLED_SECONDS
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").digest()
    if is_settled:
        known[name] = f"{state} {digest.hex()}"
    return digest
