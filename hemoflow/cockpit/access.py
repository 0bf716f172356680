"""Who may see and do what: sign-in with a password, one role a person, forms that only our own pages can send."""

import secrets
from collections import defaultdict
from dataclasses import dataclass
from time import monotonic

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from fastapi import HTTPException, Request, status

from hemoflow.domain.errors import UsageError
from hemoflow.store import Role, Store

SHORTEST_PASSWORD = 10
MOST_FAILURES, PAUSE_S = 5, 300.0
"""So many wrong passwords for a name, and the name rests for so many seconds."""
EVERYBODY = frozenset(Role)
PATIENTS = frozenset({Role.LABORATORY, Role.CLINIC})
"""Roles that see rows about patients, under pseudonyms; planners see requests, the others aggregates."""
APPROVERS = frozenset({Role.PLANNER, Role.LABORATORY})
CHANGERS = {
    "orders": frozenset({Role.PLANNER}),
    "allocations": frozenset({Role.LABORATORY}),
    "routes": frozenset({Role.CLINIC}),
}
"""Who may change which result by hand."""

_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has signed in."""

    name: str
    role: Role


class NotSignedInError(Exception):
    """The page needs a person; the handler shows the sign-in."""


class Door:
    """Checks passwords, and rests after too many wrong ones."""

    def __init__(self) -> None:
        self._failures: dict[str, list[float]] = defaultdict(list)

    def enter(self, store: Store, name: str, password: str) -> Person | None:
        """The person, when the password is right; a name with too many wrong ones is refused whatever is given."""
        now = monotonic()
        recent = [at for at in self._failures[name] if now - at < PAUSE_S]
        user = store.user(name)
        # Somebody unknown costs as much time as a wrong password, so that names cannot be found out by the clock.
        right = _fits(user.password_hash if user else _NOBODY, password)
        if user and right and user.is_active and len(recent) < MOST_FAILURES:
            self._failures.pop(name, None)
            return Person(user.name, user.role)
        self._failures[name] = [*recent, now]
        return None


def hash_password(password: str) -> str:
    """A hash with its own salt and cost (Argon2id).

    Raises:
        UsageError: The password is too short.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise UsageError(f"The password has {len(password)} characters.", remedy=f"Take at least {SHORTEST_PASSWORD}.")
    return _hasher.hash(password)


def signed_in(request: Request) -> Person:
    """The person of the session; the account is looked up each time, so that a closed one is closed at once.

    Raises:
        NotSignedInError: Nobody has signed in, or the account was closed or has another role now.
    """
    name, store = request.session.get("name"), request.app.state.store
    user = store.user(name) if name else None
    if user is None or not user.is_active or user.role != request.session.get("role"):
        request.session.clear()
        raise NotSignedInError
    return Person(user.name, user.role)


def require(person: Person, roles: frozenset[Role], what: str) -> None:
    """Refuse a person whose role is not among those.

    Raises:
        HTTPException: 403, with the roles that may.
    """
    if person.role not in roles:
        raise HTTPException(
            status.HTTP_403_FORBIDDEN, f"{what} is for: {', '.join(sorted(roles))}. You are signed in as {person.role}."
        )


def form_token(request: Request) -> str:
    """The session's token, which every form carries."""
    token: str = request.session.setdefault("token", secrets.token_urlsafe(24))
    return token


def require_token(request: Request, token: str) -> None:
    """Refuse a form that is not from this session.

    Raises:
        HTTPException: 403.
    """
    known = request.session.get("token", "")
    if not known or not secrets.compare_digest(known, token):
        raise HTTPException(status.HTTP_403_FORBIDDEN, "The form has expired. Go back, reload the page and send again.")


def _fits(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False
