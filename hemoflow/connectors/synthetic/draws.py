"""Random draws that depend on what they are for, never on how many were made before."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Choice = TypeVar("Choice")


def generator(seed: int, purpose: str, number: int) -> np.random.Generator:
    """A generator of its own for one purpose and one patient or day.

    Args:
        seed: Seed of the run.
        purpose: What is drawn, in a word.
        number: Running number of the patient, or the day's ordinal.
    """
    key = int.from_bytes(hashlib.blake2b(purpose.encode(), digest_size=8).digest(), "big")
    return np.random.default_rng(np.random.SeedSequence([seed, key, number]))


def one(name: str, purpose: str, seed: int) -> float:
    """A number in [0, 1) that belongs to one name and purpose."""
    digest = hashlib.blake2b(f"{seed}/{purpose}/{name}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / (1 << 53)


def uniform(names: Iterable[str], purpose: str, seed: int) -> NDArray[np.float64]:
    """One number in [0, 1) for each name: the same whatever other names stand beside it."""
    return np.array([one(name, purpose, seed) for name in names], dtype=np.float64)


def pick(draws: Iterable[float], choices: Sequence[tuple[Choice, float]]) -> list[Choice]:
    """The choice that each number in [0, 1) falls on.

    Args:
        draws: Numbers in [0, 1).
        choices: Pairs of a choice and its weight; weights need not sum to one.
    """
    bounds = np.cumsum([weight for _, weight in choices])
    positions = np.searchsorted(bounds, np.array(list(draws)) * bounds[-1], side="right")
    return [choices[position][0] for position in positions]
