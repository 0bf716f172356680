"""Who may see and do what: sign-in with a password, one role a person, forms that only our own pages can send."""

import hashlib
import secrets
from dataclasses import dataclass
from time import monotonic, time

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from fastapi import HTTPException, Request, status

from hemoflow.domain.errors import UsageError
from hemoflow.store import Role, Store

SHORTEST_PASSWORD = 10
WORKING_DAY_S = 8 * 3600
"""Longest session: after that the person signs in again, however busy the session was."""
MOST_FAILURES, MOST_FAILURES_OF_ADDRESS, PAUSE_S = 5, 50, 300.0
"""So many wrong passwords for a name, or from an address, and it rests for so many seconds."""
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
DECIDERS = {
    "worklist": frozenset({Role.CLINIC}),
    "go_no_go": PATIENTS,
}
"""Who may decide about the visits of which result; decisions change no row."""
ANSWERERS = {
    "sample_taken_on": PATIENTS,
    "is_crossmatched": frozenset({Role.LABORATORY}),
    "is_stable": frozenset({Role.CLINIC}),
    "has_transport": frozenset({Role.CLINIC}),
}
"""Who answers which question about a home visit, so that nobody's form overwrites what another house has said."""

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
    """Checks passwords, rests after too many wrong ones, and remembers the sessions that were ended."""

    def __init__(self) -> None:
        self._failures: dict[str, list[float]] = {}
        self._ended: dict[str, float] = {}

    def enter(self, store: Store, name: str, password: str, address: str = "") -> Person | None:
        """The person, when the password is right; too many wrong ones and name or address are refused whatever follows.

        A name that begins to rest is noted in the ledger.
        """
        now = monotonic()
        self._forget(now)
        counted = {f"name {name}": MOST_FAILURES, f"address {address}": MOST_FAILURES_OF_ADDRESS}
        rests = [who for who, most in counted.items() if len(self._failures.get(who, [])) >= most]
        user = store.user(name)
        # Somebody unknown costs as much time as a wrong password, so that names cannot be found out by the clock.
        right = _fits(user.password_hash if user else _NOBODY, password)
        if user and right and user.is_active and not rests:
            self._failures.pop(f"name {name}", None)
            store.note("sign-in", user.name, user.name, "", {"role": str(user.role)})
            return Person(user.name, user.role)
        for who, most in counted.items():
            self._failures.setdefault(who, []).append(now)
            if user and who == f"name {name}" and len(self._failures[who]) == most:
                store.note("rest", user.name, "the door", "wrong passwords", {"failures": most, "seconds": PAUSE_S})
        return None

    def end(self, session_id: str) -> None:
        """Remember that a session was ended, so that a copy of its cookie opens nothing."""
        self._ended[session_id] = monotonic()

    def is_ended(self, session_id: str) -> bool:
        """Whether the session was ended by its person."""
        return session_id in self._ended

    def _forget(self, now: float) -> None:
        """Drop what is too old to matter, so that made-up names do not fill the memory."""
        self._failures = {
            who: recent
            for who, times in self._failures.items()
            if (recent := [at for at in times if now - at < PAUSE_S])
        }
        self._ended = {session: at for session, at in self._ended.items() if now - at < WORKING_DAY_S}


def begin_session(request: Request, person: Person) -> None:
    """A new session; whatever somebody else may have planted in the old one ends here."""
    request.session.clear()
    user = request.app.state.store.user(person.name)
    request.session.update(
        name=person.name, role=str(person.role), id=secrets.token_urlsafe(12), since=time(),
        mark=_mark(user.password_hash),
    )  # fmt: skip


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
        NotSignedInError: Nobody has signed in, the working day is over, the session was ended, or the account was
            closed or has another role or password now.
    """
    session, state = request.session, request.app.state
    user = state.store.user(session["name"]) if session.get("name") else None
    is_open = (
        user is not None
        and user.is_active
        and user.role == session.get("role")
        and time() - session.get("since", 0) < WORKING_DAY_S
        and not state.door.is_ended(session.get("id", ""))
        and secrets.compare_digest(_mark(user.password_hash), session.get("mark", ""))
    )
    if user is None or not is_open:
        session.clear()
        raise NotSignedInError
    return Person(user.name, user.role)


def asked_of(person: Person) -> list[str]:
    """The questions about a home visit that the person answers."""
    return [question for question, roles in ANSWERERS.items() if person.role in roles]


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


def _mark(password_hash: str) -> str:
    """What ties a session to a password without telling anything about it."""
    return hashlib.sha256(password_hash.encode()).hexdigest()[:16]


def _fits(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False
