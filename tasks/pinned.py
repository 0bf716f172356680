"""Which need model a day uses: the one that the deployment pins, else the promoted one.

This is no stage. It belongs here because settings are read at the edge.
"""

from datetime import date

from hemoflow.domain.errors import StateError
from hemoflow.settings import Settings
from hemoflow.store import ModelRecord, Store

KIND = "need"


def need_model(store: Store, as_of: date) -> ModelRecord | None:
    """The pinned model, whatever was promoted since; without a pin, the promoted model of the day; None without any.

    Raises:
        StateError: The pinned model is unknown, of another kind, or has seen days after ``as_of``.
    """
    pinned = Settings().need_model
    if not pinned:
        return store.promoted_model(KIND, as_of)
    record = store.model(pinned)
    if record.kind != KIND or record.trained_as_of > as_of:
        raise StateError(
            f"Model {pinned} is pinned, but is of kind '{record.kind}' and was trained as of {record.trained_as_of}; "
            f"the day is {as_of}.",
            remedy="Pin a need model trained by that day, or unset HEMOFLOW_NEED_MODEL.",
        )
    return record
