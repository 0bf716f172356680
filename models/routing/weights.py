"""How much the priority score depends on its weights: sampled weights, and weights from comparisons in pairs.

The score is additive, so that other weights need no other utilities: share of weightings (Dirichlet around the
policy's) under which a patient is among those served says who is always, sometimes or never chosen. Weights may also
come from a clinician's pairwise comparisons (analytic hierarchy process, Saaty 1980), with its consistency ratio.
"""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hemoflow.domain.errors import InputError

CONCENTRATION = 20.0
"""Dirichlet concentration: weights differ from the policy's by about a third of themselves (assumption)."""
ALWAYS, NEVER = 0.95, 0.05
RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
"""Mean consistency index of random comparisons of 1 to 10 terms (Saaty 1980)."""
MOST_INCONSISTENT = 0.1

Matrix = NDArray[np.float64]


def weights_in_words(comparisons: Sequence[str], names: Sequence[str]) -> tuple[Matrix, float]:
    """Weights and consistency ratio of comparisons in words, as *travel over carer = 3* or *= 1/3*.

    Args:
        comparisons: Every pair of terms once, in either order.
        names: Terms, in the order of the weights.

    Raises:
        InputError: Not such words, an unknown term, a pair that is absent or compared twice, or a contradiction.
    """
    matrix = np.zeros((len(names), len(names)))
    for words in comparisons:
        found = re.fullmatch(r"(.+) over (.+) = (\d+(?:\.\d+)?)(?:/(\d+))?", " ".join(words.split()))
        one, other = (names.index(name) if name in names else -1 for name in found.group(1, 2)) if found else (-1, -1)
        times = float(found[3]) / float(found[4] or 1) if found and float(found[4] or 1) else 0.0
        if one < 0 or other < 0 or one == other or not 1 / 9 <= round(times, 9) <= 9 or matrix[one, other]:  # noqa: PLR2004
            raise InputError(
                f"'{words}' is not a comparison of two terms that were not compared yet.",
                remedy=f"Write 'A over B = 3', 1/9 to 9; terms: {', '.join(names)}.",
            )
        matrix[one, other], matrix[other, one] = times, 1 / times
    np.fill_diagonal(matrix, 1.0)
    lacking = [f"{names[i]} over {names[j]}" for i, j in np.argwhere(matrix == 0).tolist() if i < j]
    if lacking:
        raise InputError(f"{len(lacking)} pairs are not compared.", remedy=f"Add: {'; '.join(lacking)}.")
    return pairwise_weights(matrix)


def acceptability(
    utilities: Matrix,
    weights: Sequence[float],
    minutes: Sequence[float],
    capacity: float,
    *,
    seed: int,
    draws: int = 500,
) -> pd.DataFrame:
    """Share of weightings under which each patient is served by score for each minute, while minutes last.

    Args:
        utilities: Patients x terms, 0 to 1.
        weights: The policy's weights.
        minutes: Nurse minutes of each patient in the planning days, above 0.
        capacity: Nurse minutes there are.
        seed: Makes the draws.
        draws: Weightings.

    Returns:
        Columns ``selected_share`` and ``standing`` (always, contested, never), in the order of the patients.
    """
    centre = np.asarray(weights, dtype=np.float64)
    drawn = np.random.default_rng([seed, 5]).dirichlet(CONCENTRATION * centre / centre.sum(), draws)
    cost = np.asarray(minutes, dtype=np.float64)
    selected = np.zeros(len(cost))
    for density in drawn @ utilities.T / cost:
        order = np.argsort(-density, kind="stable")
        left = capacity
        for patient in order:
            if cost[patient] <= left:
                selected[patient] += 1
                left -= cost[patient]
    share = selected / draws
    standing = np.where(share >= ALWAYS, "always", np.where(share <= NEVER, "never", "contested"))
    return pd.DataFrame({"selected_share": share, "standing": standing})


def pairwise_weights(comparisons: Matrix) -> tuple[Matrix, float]:
    """Weights and consistency ratio of a matrix of pairwise comparisons (principal eigenvector).

    Args:
        comparisons: Entry i, j: how many times as important term i is as term j, 1/9 to 9; j, i is its inverse.

    Returns:
        Weights that sum to 1, and the consistency ratio.

    Raises:
        InputError: Not square, not reciprocal, or with a ratio above 0.1.
    """
    count = len(comparisons)
    if comparisons.shape != (count, count) or not 1 < count <= len(RANDOM_INDEX) or (comparisons <= 0).any():
        raise InputError(
            f"Comparisons have shape {comparisons.shape}.", remedy="Give a square matrix above 0 of 2 to 10 terms."
        )
    if not np.allclose(comparisons * comparisons.T, 1.0, rtol=0.01):
        raise InputError("A comparison is not the inverse of its mirror.", remedy="Write 1/x opposite of x.")
    values, vectors = np.linalg.eig(comparisons)
    first = int(values.real.argmax())
    vector = np.abs(vectors[:, first].real)
    index = (values[first].real - count) / (count - 1)
    ratio = float(index / RANDOM_INDEX[count - 1]) if RANDOM_INDEX[count - 1] else 0.0
    if ratio > MOST_INCONSISTENT:
        raise InputError(f"The consistency ratio {ratio:.2f} is above 0.10.", remedy="Compare the terms once more.")
    return np.asarray(vector / vector.sum(), dtype=np.float64), ratio
