"""The small family of errors a user can meet; each kind has one exit code.

Every message says what happened, the offending values, and what to do. None carries a patient identifier.
"""


class HemoflowError(Exception):
    """Base of every error that a user can act on.

    Args:
        message: What happened, with the offending values.
        remedy: What the reader can do about it; appended to the message.
    """

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(f"{message} {remedy}".strip())


class UsageError(HemoflowError):
    """An argument, path or date that makes no sense. Exit code 2."""

    exit_code = 2


class InputError(HemoflowError):
    """A file whose content cannot be used at all. Exit code 3."""

    exit_code = 3


class PolicyError(HemoflowError):
    """A policy profile with an unknown key, a missing value or a value out of range. Exit code 4."""

    exit_code = 4


class StateError(HemoflowError):
    """The store lacks what the command needs (not initialised, no model, no data). Exit code 5."""

    exit_code = 5


class SolveError(HemoflowError):
    """The program has no plan within its limits; nothing is published. Exit code 6."""

    exit_code = 6


class VerificationError(HemoflowError):
    """A plan broke a constraint or a safety invariant; nothing is published. Exit code 7."""

    exit_code = 7


class ApprovedPlanError(HemoflowError):
    """Something tried to change what a person approved. Exit code 8."""

    exit_code = 8
