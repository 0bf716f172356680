"""Pseudonyms: a keyed hash takes the place of every identifier of a real source, before anything else sees it.

HMAC-SHA256 (RFC 2104) with a secret key: the same identifier gives the same pseudonym in every table and on every
load, and without the key nobody can test a guess. Kind and source are part of the message, so that equal numbers of
two kinds or two hospitals stay apart. Changing the key changes every pseudonym: keep the key as long as the store.
"""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

import pandas as pd

from hemoflow.domain.errors import StateError, UsageError

KEY_FILE = "pseudonym.key"
KEY_BYTES = 32
SHORTEST_KEY = 16
DIGITS = 16
"""64 bits of the hash: with ten million identifiers of one kind a collision has probability 3 in a million."""


class Pseudonymiser:
    """Turns identifiers into pseudonyms under one key.

    Args:
        key: Secret bytes, at least 16.

    Raises:
        UsageError: The key is too short to protect anybody.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < SHORTEST_KEY:
            raise UsageError(
                f"The pseudonym key has {len(key)} bytes.",
                remedy=f"Give at least {SHORTEST_KEY} in HEMOFLOW_PSEUDONYM_KEY, or leave it empty to have one made.",
            )
        self._key = key

    @property
    def key_id(self) -> str:
        """A short name of the key for fingerprints; the key cannot be found from it."""
        return self._digest("key-id")[:12]

    def pseudonym(self, kind: str, source: str, raw: str) -> str:
        """The pseudonym of one identifier.

        Args:
            kind: Prefix that tells what is identified: ``p`` patient, ``enc`` stay, ``lab``, ``req``, ``tx`` and so on.
            source: Source that uses the identifier.
            raw: The identifier as delivered.

        Returns:
            ``kind``, an underscore and 16 hexadecimal digits.
        """
        return f"{kind}_{self._digest(kind, source, raw)[:DIGITS]}"

    def series(self, kind: str, source: str, raw: pd.Series) -> pd.Series:
        """Pseudonyms of a column; each distinct identifier is hashed once and a missing one stays missing."""
        codes, distinct = pd.factorize(raw)
        names = [self.pseudonym(kind, source, str(value)) for value in distinct]
        found = pd.array([*names, pd.NA], dtype="string").take(codes)  # code -1 (missing) takes the last entry
        return pd.Series(found, index=raw.index, name=raw.name)

    def _digest(self, *parts: str) -> str:
        return hmac.new(self._key, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()


def key_from(settings_key: str, home: Path) -> bytes:
    """The key from the settings, else the one in the home folder, which is made on first use.

    Two processes that start at once agree: the file appears complete or not at all, and the loser reads the winner's.

    Raises:
        StateError: The key file does not hold a whole key.
    """
    if settings_key:
        return settings_key.encode()
    path = home / KEY_FILE
    if not path.exists():
        _make(path)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise StateError(
            f"{KEY_FILE} holds {len(key)} bytes instead of {KEY_BYTES}.",
            remedy="Restore it from a backup; without it, pseudonyms in the store match no new data.",
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
