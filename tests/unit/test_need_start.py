"""Where the trees of the probability start, and the search for their settings."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models.need.folds import cross_validate
from models.need.learning import deal, learning_set
from models.need.search import chosen, search
from models.need.start import BELIEVED_SLOPE, Start
from tests.unit.need_sample import NEED, make_sample

RNG = np.random.default_rng(1)
HAEMOGLOBIN = RNG.normal(9, 2, 4000)
COLUMNS = pd.DataFrame(
    {"haemoglobin_g_per_dl": HAEMOGLOBIN, "haematocrit_share": HAEMOGLOBIN * 0.03, "transfused_24h_units": 0.0}
)
BLED = COLUMNS.assign(transfused_24h_units=(RNG.random(4000) < 0.1) * 2.0)


def chance(columns: pd.DataFrame) -> np.ndarray:
    margin = 4 - 1.2 * columns["haemoglobin_g_per_dl"] + 1.5 * np.log1p(columns["transfused_24h_units"])
    return (RNG.random(len(columns)) < 1 / (1 + np.exp(-margin))).astype("float64")


def test_it_finds_the_planted_line():
    start = Start.learn(BLED, chance(BLED))
    assert start.level_slope == pytest.approx(-1.2, abs=0.15)
    assert start.units_slope == pytest.approx(1.5, abs=0.4)
    shares = sum(start.shares(BLED).values())
    np.testing.assert_allclose(start.margin(BLED), start.intercept + shares)


def test_a_haemoglobin_that_raises_the_need_is_not_believed():
    start = Start.learn(COLUMNS, (HAEMOGLOBIN > 9).astype("float64"))
    assert start.level_slope == pytest.approx(0.0, abs=1e-9)


def test_with_one_positive_it_keeps_to_what_is_believed():
    few = COLUMNS.head(30)
    start = Start.learn(few, (np.arange(30) == 3).astype("float64"))
    assert start.level_slope == pytest.approx(BELIEVED_SLOPE, rel=0.35)


def test_the_haematocrit_stands_in_and_nothing_known_is_usual():
    start = Start.learn(BLED, chance(BLED))
    rows = COLUMNS.head(1).assign(haemoglobin_g_per_dl=np.nan, haematocrit_share=[0.21])
    low = start.margin(rows)
    assert low == pytest.approx(start.margin(rows.assign(haemoglobin_g_per_dl=7.0)), abs=1e-6)
    nothing = start.margin(rows.assign(haematocrit_share=np.nan))
    assert nothing == pytest.approx(start.intercept - start.units_slope * start.units)
    unknown = Start.learn(COLUMNS.assign(haemoglobin_g_per_dl=np.nan, haematocrit_share=np.nan), chance(COLUMNS))
    assert np.isfinite(unknown.margin(COLUMNS)).all()


def test_a_search_keeps_to_its_budget_and_is_used_only_when_better():
    rows = learning_set(*make_sample(), NEED, seed=1)
    some = rows.take(rows.programme == rows.programme[0])
    found = cross_validate(some, replace(NEED, trees=8, units_max_depth=1, search_trials=2), seed=1)
    told = found.searched[some.programme[0]]
    assert told["trials"] == 2
    assert told["is_used"] == (told["loss_nested"] < told["loss_policy"])
    used = chosen(NEED, told)
    assert used.max_depth == (told["settings"]["max_depth"] if told["is_used"] else NEED.max_depth)


def test_a_search_is_the_same_twice_and_never_worse_than_the_policy_on_its_folds():
    loss = {1: 3.0, 2: 2.0, 3: 2.5, 4: 9.0}
    judged = []

    def losses(_rows, need):
        judged.append(need.max_depth)
        return np.array([5.0, loss[need.max_depth] + need.learning_rate])

    rows = learning_set(*make_sample(), NEED, seed=1)
    one, other = (search(rows, replace(NEED, max_depth=4, search_trials=12), losses, seed=3) for _ in range(2))
    assert one == other
    assert judged[0] == judged[12] == 4, "the policy goes first"
    assert len(judged) == 24
    assert one.need.max_depth == 2
    assert one.trees == 2


def test_a_patient_stays_whole_in_every_deal():
    rows = learning_set(*make_sample(), NEED, seed=1)
    other = deal(rows, NEED.folds, 5)
    assert (other.fold != rows.fold).any()
    assert pd.Series(other.fold).groupby(other.patient).nunique().max() == 1
