"""The proof that a plan is best by several rungs at once, from the duals of one solve of their weighted sum.

Costs are whole and the matrix is a network, so the duals of a vertex are whole for every rung, and the duals of the
weighted sum hold them as digits: the weight of a rung is the place of its digit. The digits read off are only a claim,
checked in whole numbers: with digit y_k for each row, the reduced costs of rung k are r_k = c_k - A'y_k, and the plan
is best by the first m rungs in their order when the first r_k of each column (y_k of each row) that is not nought has
the sign that its bound allows. Then the plans that are as good are exactly those that leave every such column and row
where it is. Wrong digits, a weight too small or a plan that is not optimal cannot pass; they only prove fewer rungs.
"""

from typing import Any, NamedTuple

import numpy as np

from optimization.network.arrays import Flags, Numbers

NEAR = 1e-7
"""Distance from a bound at which a value stands on it."""


class Proof(NamedTuple):
    """What was proven.

    Attributes:
        rungs: How many of the first rungs the plan is best by.
        fixed_columns: Columns that every plan as good leaves where they are.
        fixed_rows: Rows that every plan as good leaves where they are.
    """

    rungs: int
    fixed_columns: Flags
    fixed_rows: Flags


class Vertex(NamedTuple):
    """Values and bounds of all columns or rows."""

    at: Numbers
    lower: Numbers
    upper: Numbers


def prove(
    matrix: Any,  # noqa: ANN401 - scipy is untyped
    costs: list[Numbers],
    by_row: list[Numbers],
    columns: Vertex,
    rows: Vertex,
) -> Proof:
    """Check how many of the rungs one solution settles.

    Args:
        matrix: Rows by columns.
        costs: Whole coefficients of each rung.
        by_row: The claim: a dual of every row for each rung.
        columns: The solution.
        rows: Its row activities.
    """
    by_column = [cost - matrix.T @ own for cost, own in zip(costs, by_row, strict=True)]
    proven = min(_allowed(by_column, columns), _allowed(by_row, rows))
    fixed = [np.any([own != 0 for own in kind[:proven]], axis=0) for kind in (by_column, by_row)] if proven else []
    return Proof(proven, *(fixed or (np.zeros(len(columns.at), bool), np.zeros(len(rows.at), bool))))


def digits(duals: Numbers, weights: list[float]) -> list[Numbers]:
    """Each number as whole multiples of the weights, the largest weight first and the rest as small as can be."""
    rest, found = duals, []
    for weight in weights:
        digit = np.rint(rest / weight)
        rest = rest - weight * digit
        found.append(digit)
    return found


def _allowed(by_rung: list[Numbers], vertex: Vertex) -> int:
    """The number of first rungs in which no first digit but nought has a sign that its bound forbids."""
    is_free_up, is_free_down = vertex.at < vertex.upper - NEAR, vertex.at > vertex.lower + NEAR
    is_settled = np.zeros(len(vertex.at), bool)
    for number, digit in enumerate(by_rung):
        is_wrong = ~is_settled & (((digit < 0) & is_free_up) | ((digit > 0) & is_free_down))
        if is_wrong.any():
            return number
        is_settled |= digit != 0
    return len(by_rung)
