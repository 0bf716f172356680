"""The store as the rest of the house sees it: one object, all its subjects."""

from pathlib import Path
from types import TracebackType
from typing import Self

from hemoflow.store.approvals import ApprovalRepository
from hemoflow.store.backup import backup, restore
from hemoflow.store.datasets import LAKE
from hemoflow.store.decisions import DecisionRepository
from hemoflow.store.engine import Database
from hemoflow.store.erasure import ErasureRepository
from hemoflow.store.ledger import LedgerRepository
from hemoflow.store.memory import MEMORY
from hemoflow.store.models import ModelRepository
from hemoflow.store.overrides import OverrideRepository
from hemoflow.store.retention import RetentionRepository
from hemoflow.store.runs import FOLDER, RunRepository
from hemoflow.store.stages import StageRepository
from hemoflow.store.telling import TellingRepository
from hemoflow.store.trials import TrialRepository
from hemoflow.store.users import UserRepository
from hemoflow.store.vault import VaultRepository

MODEL_FOLDER = "models"


class Store(
    RunRepository,
    StageRepository,
    ApprovalRepository,
    ModelRepository,
    LedgerRepository,
    OverrideRepository,
    DecisionRepository,
    TrialRepository,
    UserRepository,
    ErasureRepository,
    VaultRepository,
    TellingRepository,
    RetentionRepository,
):
    """All subjects of the store. Use it as a context manager; each method is a transaction."""

    def init(self) -> None:
        """Create the home folder and the tables, or bring those of an older version up to date.

        Raises:
            StateError: The database cannot be reached.
        """
        from hemoflow.store.migrations.steps import upgrade  # noqa: PLC0415 - Alembic takes half a second to import

        for name in (LAKE, FOLDER, MODEL_FOLDER, MEMORY):
            (self._database.home / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        upgrade(self._database)

    def backup(self, path: Path) -> dict[str, int]:
        """Write rows and files into one archive; see :func:`hemoflow.store.backup.backup`."""
        return backup(self._database, path)

    def restore(self, path: Path) -> dict[str, int]:
        """Read such an archive into this store, which must be new; see :func:`hemoflow.store.backup.restore`."""
        return restore(self._database, path)

    def close(self) -> None:
        """Let the connections go."""
        self._database.engine.dispose()

    def __enter__(self) -> Self:
        """The store itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the connections go."""
        self.close()


def open_store(url: str, home: Path) -> Store:
    """Open the store; every method but :meth:`Store.init` raises StateError while it is not initialised.

    Args:
        url: SQLAlchemy URL of SQLite or PostgreSQL.
        home: Home folder with the lake, runs and models.

    Raises:
        UsageError: The URL is not one of SQLite or PostgreSQL.
    """
    return Store(Database(url, home))
