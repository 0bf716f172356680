"""Which need model a day uses where a deployment may pin one.

This is no stage. It belongs here because settings are read at the edge.
"""

from datetime import date

from hemoflow.settings import Settings
from hemoflow.store import ModelRecord, Store

KIND = "need"


def need_model(store: Store, as_of: date) -> ModelRecord | None:
    """The need model in force on the day, see :meth:`hemoflow.store.models.ModelRepository.in_force`."""
    return store.in_force(KIND, as_of, Settings().need_model)
