"""Pseudonyms: a keyed hash takes the place of every identifier of a real source, before anything else sees it.

HMAC-SHA256 (RFC 2104) with a secret key: the same identifier gives the same pseudonym in every table and on every
load, and without the key nobody can test a guess. Kind and source are part of the message, so that equal numbers of
two kinds or two hospitals stay apart. Changing the key changes every pseudonym: keep the key as long as the store.
"""

import hashlib
import hmac
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
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

PSEUDONYM = re.compile(rf"p_[0-9a-f]{{{DIGITS}}}")
"""A patient's pseudonym."""


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


def pseudonyms_of(pseudonymiser: Pseudonymiser, patient: str, sources: Sequence[str]) -> list[str]:
    """The pseudonyms of a patient: the word itself if it is one, else that of the identifier in each source."""
    if PSEUDONYM.fullmatch(patient):
        return [patient]
    return [pseudonymiser.pseudonym("p", source, patient) for source in sources]


def mark_of(pseudonymiser: Pseudonymiser, pseudonym: str) -> str:
    """A keyed hash of a pseudonym, by which a forgotten patient is known again without being named."""
    return pseudonymiser.pseudonym("gone", "", pseudonym)


def marked(names: Iterable[str], pseudonymiser: Pseudonymiser, marks: Collection[str]) -> list[str]:
    """Those of the pseudonyms whose mark is among the marks, in order."""
    return sorted(name for name in names if mark_of(pseudonymiser, name) in marks)


def without_forgotten(
    frames: Mapping[str, pd.DataFrame], pseudonymiser: Pseudonymiser, marks: Collection[str]
) -> dict[str, pd.DataFrame]:
    """The frames of a load without patients who were forgotten; a unit's history stays and names nobody."""
    if not marks:
        return dict(frames)
    named = {str(name) for frame in frames.values() if "patient_id" in frame for name in frame["patient_id"].dropna()}
    gone = set(marked(named, pseudonymiser, marks))
    requests = frames.get("requests", pd.DataFrame({"patient_id": [], "request_id": []}))
    asked = set(requests.loc[requests["patient_id"].isin(gone), "request_id"])
    return {table: _left(table, frame, gone, asked) for table, frame in frames.items()} if gone else dict(frames)


def _left(table: str, frame: pd.DataFrame, gone: set[str], requests: set[str]) -> pd.DataFrame:
    if "patient_id" not in frame:
        return frame
    is_gone = frame["patient_id"].isin(gone)
    if table != "unit_events":
        return frame[~is_gone].reset_index(drop=True)
    is_gone |= frame["request_id"].isin(requests)
    return frame.assign(**{name: frame[name].mask(is_gone) for name in ("patient_id", "request_id")})
