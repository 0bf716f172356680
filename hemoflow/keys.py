"""Secret keys in files of the home folder: made on first use, readable by their owner alone."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from hemoflow.domain.errors import StateError

KEY_BYTES = 32


def key_file(path: Path, lost: str) -> bytes:
    """The key in a file, which is made on first use.

    Two processes that start at once agree: the file appears complete or not at all, and the loser reads the winner's.

    Args:
        path: The file.
        lost: What is lost without the key, in a sentence for the error.

    Raises:
        StateError: The file does not hold a whole key.
    """
    if not path.exists():
        _make(path)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise StateError(
            f"{path.name} holds {len(key)} bytes instead of {KEY_BYTES}.", remedy=f"Restore it from a backup; {lost}"
        )
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(secrets.token_bytes(KEY_BYTES))
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
