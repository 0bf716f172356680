"""Pseudonyms: a keyed hash takes the place of every identifier of a real source, before anything else sees it.

HMAC-SHA256 (RFC 2104) with a secret key: the same identifier gives the same pseudonym in every table and on every
load, and without the key nobody can test a guess. Kind and source are part of the message, so that equal numbers of
two kinds or two hospitals stay apart. Changing the key changes every pseudonym: keep the key as long as the store.
"""

import hashlib
import hmac
from pathlib import Path

import pandas as pd

from hemoflow.domain.errors import UsageError
from hemoflow.keys import key_file

KEY_FILE = "pseudonym.key"
SHORTEST_KEY = 16
BLOCK = 64
"""Bytes that SHA-256 takes at a time."""
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

    @property
    def pads(self) -> tuple[bytes, bytes]:
        """The key as the inner and the outer block of RFC 2104, for an engine that hashes whole columns by itself."""
        whole = hashlib.sha256(self._key).digest() if len(self._key) > BLOCK else self._key
        padded = whole.ljust(BLOCK, b"\0")
        return bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded)

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
        return hmac.digest(self._key, "\x1f".join(parts).encode(), "sha256").hex()


def key_from(settings_key: str, home: Path) -> bytes:
    """The key from the settings, else the one in the home folder, which is made on first use.

    Raises:
        StateError: The key file does not hold a whole key.
    """
    if settings_key:
        return settings_key.encode()
    return key_file(home / KEY_FILE, "without it, pseudonyms in the store match no new data.")
