"""Kinds of values that every room shares."""

import warnings

import numpy as np
import pandas as pd

from hemoflow.schemas.columns import spans


def test_a_missing_number_of_days_is_a_missing_span_and_nobody_is_warned_of_what_memory_held():
    numbers = pd.Series([*[np.nan] * 99, 3.0], index=range(1, 101))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        left_behind = [np.full(100, 1.7e308) for _ in range(8)]
        del left_behind
        found = spans(numbers, "D")
    assert found.isna().sum() == 99
    assert found[100] == pd.Timedelta(days=3)
    assert found.index.equals(numbers.index)
