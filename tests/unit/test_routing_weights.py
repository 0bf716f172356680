"""How the choice depends on weights."""

import numpy as np
import pytest

from hemoflow.domain.errors import InputError
from models.routing.weights import acceptability, pairwise_weights, weights_in_words


def test_who_is_better_in_every_term_is_always_chosen_and_who_is_worse_never():
    utilities = np.array([[0.9, 0.9], [0.8, 0.1], [0.1, 0.8], [0.05, 0.05]])
    told = acceptability(utilities, (0.5, 0.5), (100, 100, 100, 100), 200, seed=1)
    assert told["standing"].tolist() == ["always", "contested", "contested", "never"]
    assert told["selected_share"].sum() == pytest.approx(2)


def test_the_same_seed_gives_the_same_shares_and_minutes_are_kept():
    utilities = np.random.default_rng(0).random((20, 5))
    minutes = np.linspace(60, 240, 20)
    one, again = (acceptability(utilities, (3, 2, 2, 1, 1), minutes, 600, seed=4, draws=50) for _ in range(2))
    assert one.equals(again)
    assert (one["selected_share"] * minutes).sum() <= 600


def test_consistent_comparisons_give_their_weights_back():
    weights = np.array([0.5, 0.3, 0.2])
    found, ratio = pairwise_weights(weights[:, None] / weights)
    assert found == pytest.approx(weights)
    assert ratio == pytest.approx(0, abs=1e-9)


def test_contradictions_and_matrices_without_mirror_are_refused():
    with pytest.raises(InputError, match="consistency ratio"):
        pairwise_weights(np.array([[1, 5, 1 / 5], [1 / 5, 1, 5], [5, 1 / 5, 1]]))
    with pytest.raises(InputError, match="inverse of its mirror"):
        pairwise_weights(np.array([[1.0, 3.0], [3.0, 1.0]]))
    with pytest.raises(InputError, match="square matrix"):
        pairwise_weights(np.ones((2, 3)))


def test_comparisons_in_words_give_the_same_weights_in_any_order():
    names = ["travel", "visits in 28 days", "carer"]
    words = ("travel over carer = 4", "visits in 28 days over travel = 1/2", "visits in 28 days over carer = 2")
    found, ratio = weights_in_words(words, names)
    assert found == pytest.approx(np.array([4, 2, 1]) / 7)
    assert ratio == pytest.approx(0, abs=1e-9)
    assert weights_in_words(words[::-1], names)[0] == pytest.approx(found)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["travel over carer = 4"], "visits over travel"),
        (["travel over cost = 4"], "'travel over cost = 4'"),
        (["travel over carer = 40"], "1/9 to 9"),
        (["travel over carer = 2", "carer over travel = 2"], "'carer over travel = 2'"),
        (["travel over carer = 1/0"], "'travel over carer = 1/0'"),
    ],
)
def test_comparisons_that_cannot_be_read_are_named(words, said):
    with pytest.raises(InputError) as error:
        weights_in_words(words, ["visits", "travel", "carer"])
    assert said in str(error.value)
