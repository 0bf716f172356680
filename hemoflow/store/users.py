"""Users: who may sign in, and as what. Passwords arrive here as hashes; the store never sees one."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from hemoflow.domain.errors import UsageError
from hemoflow.store.engine import Repository
from hemoflow.store.ledger import append
from hemoflow.store.people_tables import USERS


class Role(StrEnum):
    """What a person does here."""

    PLANNER = "planner"
    LABORATORY = "laboratory"
    CLINIC = "clinic"
    ENGINEER = "engineer"
    EVALUATOR = "evaluator"


@dataclass(frozen=True, slots=True)
class User:
    """A person who may sign in.

    Attributes:
        name: Name to sign in with, and to approve under.
        role: What the person does.
        password_hash: Hash with its own salt and cost, as the page that asks for passwords made it.
        is_active: Whether the person may sign in.
        changed_at: When the entry last changed, UTC.
    """

    name: str
    role: Role
    password_hash: str
    is_active: bool
    changed_at: datetime


class UserRepository(Repository):
    """Who may sign in."""

    def save_user(self, name: str, role: str, password_hash: str, *, by: str, is_active: bool = True) -> User:
        """Add a person, or change the role, the password or whether the person may sign in.

        Raises:
            UsageError: The name is empty, there is no such role, or nobody is named who does this.
        """
        if not name.strip() or role not in set(Role):
            raise UsageError(f"'{name}' cannot be {role or 'nobody'}.", remedy=f"Roles: {', '.join(Role)}.")
        user = User(name.strip(), Role(role), password_hash, is_active, datetime.now(UTC))
        row = {field.name: getattr(user, field.name) for field in fields(User)}
        with self._database.writing() as connection:
            same = USERS.c.name == user.name
            if not connection.execute(update(USERS).where(same).values(row)).rowcount:
                connection.execute(insert(USERS).values(row))
            append(connection, "user", user.name, by, "", {"role": role, "is_active": is_active})
        return user

    def user(self, name: str) -> User | None:
        """The person of that name, active or not."""
        with self._database.reading() as connection:
            return next((user for user in _users(connection) if user.name == name), None)

    def users(self) -> list[User]:
        """Everybody, by name."""
        with self._database.reading() as connection:
            return _users(connection)


def _users(connection: Connection) -> list[User]:
    rows = connection.execute(select(USERS)).mappings()
    return sorted((User(**{**row, "role": Role(row["role"])}) for row in rows), key=lambda user: user.name)
