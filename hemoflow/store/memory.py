"""What was found out once about files and need not be found out again; losing it costs time and nothing else."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from hemoflow.store.engine import Repository
from hemoflow.store.files import write_bytes

MEMORY = "memory"


class MemoryRepository(Repository):
    """Small notes of words to words, a JSON file a subject; the last writer wins."""

    @contextmanager
    def remembered(self, subject: str) -> Iterator[dict[str, str]]:
        """The notes on a subject; what is added is kept when the block ends well."""
        path = self._database.home / MEMORY / f"{subject}.json"
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = {}
        notes = {str(name): str(value) for name, value in known.items()} if isinstance(known, dict) else {}
        before = dict(notes)
        yield notes
        if notes != before:
            write_bytes(json.dumps(notes, indent=0, sort_keys=True).encode(), path)
