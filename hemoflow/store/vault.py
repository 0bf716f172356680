"""The identity vault: names and hospital numbers, encrypted, apart from everything else; off unless a site gives a key.

AES-256-GCM with a fresh nonce for each entry. The patient's pseudonym and the key's own name are authenticated with it,
so that an entry copied to another patient, or said to be of another key, does not open. The key is never stored.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete, insert, select, update

from hemoflow.domain.errors import StateError, UsageError
from hemoflow.store.engine import Repository
from hemoflow.store.ledger import append
from hemoflow.store.privacy_tables import VAULT

SHORTEST_KEY = 32
NONCE_BYTES = 12
CHUNK = 400


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a patient is.

    Attributes:
        name: Name as the source writes it.
        hospital_number: The source's own number.
    """

    name: str
    hospital_number: str


class VaultKeys:
    """The keys of the vault: the first seals, all open.

    Args:
        words: Value of ``HEMOFLOW_VAULT_KEY``: one secret, or the new one and then older ones, separated by commas.

    Raises:
        UsageError: A secret is shorter than 32 letters.
    """

    def __init__(self, words: str) -> None:
        given = [word.strip() for word in words.split(",") if word.strip()]
        if not given or min(map(len, given)) < SHORTEST_KEY:
            raise UsageError(
                f"A key of the vault has fewer than {SHORTEST_KEY} letters.",
                remedy="Make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'.",
            )
        derived = [HKDF(SHA256(), 32, None, b"hemoflow vault").derive(word.encode()) for word in given]
        self._keys = {hashlib.sha256(key).hexdigest()[:12]: AESGCM(key) for key in derived}

    @property
    def key_id(self) -> str:
        """Name of the key that seals; the key cannot be found from it."""
        return next(iter(self._keys))

    def seal(self, patient_id: str, identity: Identity) -> str:
        """An entry for the table."""
        nonce, words = secrets.token_bytes(NONCE_BYTES), json.dumps(asdict(identity)).encode()
        sealed = self._keys[self.key_id].encrypt(nonce, words, _bound(self.key_id, patient_id))
        return base64.b64encode(nonce + sealed).decode()

    def open(self, patient_id: str, key_id: str, sealed: str) -> Identity:
        """The identity in an entry.

        Raises:
            StateError: The key is not given, or the entry was changed or moved.
        """
        if key_id not in self._keys:
            raise StateError(
                f"The vault needs key {key_id}.", remedy="Give it in HEMOFLOW_VAULT_KEY, after the new one."
            )
        data = base64.b64decode(sealed)
        try:
            words = self._keys[key_id].decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], _bound(key_id, patient_id))
        except InvalidTag as error:
            raise StateError("An entry of the vault was changed.", remedy="Load the source again.") from error
        return Identity(**json.loads(words))


class VaultRepository(Repository):
    """Identities, by pseudonym."""

    def save_identities(self, keys: VaultKeys, found: Mapping[str, Identity]) -> None:
        """Keep identities; what was known of the same patients before is replaced."""
        rows = [
            {"patient_id": name, "key_id": keys.key_id, "sealed": keys.seal(name, identity)}
            for name, identity in sorted(found.items())
        ]
        with self._database.writing() as connection:
            for part in _parts([row["patient_id"] for row in rows]):
                connection.execute(delete(VAULT).where(VAULT.c.patient_id.in_(part)))
            if rows:
                connection.execute(insert(VAULT), rows)

    def identities(self, keys: VaultKeys, patients: Iterable[str]) -> dict[str, Identity]:
        """Identities of those patients whom the vault knows."""
        found: dict[str, Identity] = {}
        with self._database.reading() as connection:
            for part in _parts(sorted(set(patients))):
                for row in connection.execute(select(VAULT).where(VAULT.c.patient_id.in_(part))):
                    found[row.patient_id] = keys.open(row.patient_id, row.key_id, row.sealed)
        return found

    def rotate_vault(self, keys: VaultKeys, *, by: str) -> int:
        """Seal every entry of an older key with the newest one; how many there were.

        Raises:
            StateError: An older key is not given.
        """
        with self._database.writing() as connection:
            older = connection.execute(select(VAULT).where(VAULT.c.key_id != keys.key_id)).all()
            for row in older:
                identity = keys.open(row.patient_id, row.key_id, row.sealed)
                fresh = {"key_id": keys.key_id, "sealed": keys.seal(row.patient_id, identity)}
                connection.execute(update(VAULT).where(VAULT.c.patient_id == row.patient_id).values(fresh))
            append(connection, "vault", keys.key_id, by, "", {"rotated": len(older)})
        return len(older)


def _bound(key_id: str, patient_id: str) -> bytes:
    return f"{key_id}\x1f{patient_id}".encode()


def _parts(names: Sequence[str]) -> Iterable[Sequence[str]]:
    return (names[at : at + CHUNK] for at in range(0, len(names), CHUNK))
