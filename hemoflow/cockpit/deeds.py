"""What the cockpit asks of the house above it, which alone can plan: given by whoever starts the application."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from hemoflow.domain.errors import StateError
from hemoflow.store import WhatIf

Changes = Sequence[str]
"""``key=value`` each, as :mod:`hemoflow.domain.changes` reads them."""


@dataclass(frozen=True, slots=True)
class Deeds:
    """Planning on request.

    Attributes:
        try_what_if: Plan a run again with changes and keep the trial: run, changes, who.
        adopt: Make the trial a draft of its own: trial, who, reason; the value is the new run.
    """

    try_what_if: Callable[[str, Changes, str], WhatIf]
    adopt: Callable[[str, str, str], str]


def _nothing(*_words: object) -> NoReturn:
    raise StateError("This cockpit can plan nothing.", remedy="Start one with: hemoflow cockpit")


NO_DEEDS = Deeds(_nothing, _nothing)
"""Of a cockpit that only shows."""
