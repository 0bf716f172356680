"""Our memory: the lake of canonical tables, runs and their results, models, approvals.

Code belongs here when it remembers something between two processes; this is the only room with queries. Bytes live in
files under the home folder, what we know about them in a SQL store (SQLite or PostgreSQL); a file counts only once its
hash is recorded there. Open it with :func:`open_store`; every operation is a method of :class:`Store`.
"""

from hemoflow.store.decisions import STANDING
from hemoflow.store.facade import Store, open_store
from hemoflow.store.ledger import Entry
from hemoflow.store.overrides import lay_over
from hemoflow.store.records import Approval, Execution, ModelRecord, RunKey, RunRecord, RunStatus
from hemoflow.store.refs import FileRef, StageRef
from hemoflow.store.trials import TrialStatus, WhatIf
from hemoflow.store.users import Role, User
from hemoflow.store.vault import Identity, VaultKeys

__all__ = [
    "STANDING",
    "Approval",
    "Entry",
    "Execution",
    "FileRef",
    "Identity",
    "ModelRecord",
    "Role",
    "RunKey",
    "RunRecord",
    "RunStatus",
    "StageRef",
    "Store",
    "TrialStatus",
    "User",
    "VaultKeys",
    "WhatIf",
    "lay_over",
    "open_store",
]
