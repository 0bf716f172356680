"""The deep challenger: it learns what was planted, gives the same scores again, and sees one patient at a time."""

import numpy as np

from models.evaluation import auroc
from models.need.challengers import DEEP, challenge
from models.need.deep import STEPS, trajectories
from models.need.learning import learning_set
from tests.unit.need_sample import NEED, make_sample

ROWS = learning_set(*make_sample(), NEED, seed=1)


def test_it_learns_and_is_the_same_again():
    once, again = (challenge(ROWS, seed=1, challengers={"gru": DEEP["gated_recurrent_unit"]})["gru"] for _ in "12")
    assert np.array_equal(once, again)
    assert auroc(ROWS.has_event, once) > 0.7


def test_a_trajectory_holds_the_patients_own_past_only():
    centre, spread = ROWS.columns.median().fillna(0), ROWS.columns.std().replace(0, 1).fillna(1)
    made = trajectories(ROWS, centre, spread)
    alone = ROWS.patient == ROWS.patient[0]
    assert np.array_equal(made[alone], trajectories(ROWS.take(alone), centre, spread))
    first = np.flatnonzero(alone)[ROWS.features.loc[alone, "cut_at"].argmin()]
    assert not made[first, : STEPS - 1].any()
    assert made[first, -1].any()
