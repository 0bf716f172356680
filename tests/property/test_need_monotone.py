"""Physiology holds for every patient: a lower haemoglobin never lowers the predicted need."""

import functools
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from models.need import predict, train
from tests.unit.need_sample import NEED, make_sample

AS_OF = date(2024, 10, 24)
DOSE = st.floats(0.1, 6.0)


@functools.cache
def trained():
    features, labels = make_sample(seed=4)
    return train(features, labels, NEED, seed=1, trained_as_of=AS_OF), features.drop_duplicates("patient_id")


@settings(max_examples=8, deadline=None)
@given(drop=DOSE)
def test_lower_haemoglobin_never_lowers_the_need(drop):
    model, rows = trained()
    lower = rows.assign(haemoglobin_g_per_dl=rows["haemoglobin_g_per_dl"] - drop)
    before, after = (predict(model, some, NEED, as_of=AS_OF) for some in (rows, lower))
    assert (after[0]["request_24h_probability"] >= before[0]["request_24h_probability"]).all()
    assert (after[0]["expected_8d_units"] >= before[0]["expected_8d_units"]).all()
    assert (after[1]["expected_units"] >= before[1]["expected_units"]).all()
    assert (after[0]["request_24h_probability"] > before[0]["request_24h_probability"]).any() or drop < 1


@settings(max_examples=8, deadline=None)
@given(rise=DOSE)
def test_a_higher_threshold_never_lowers_the_need(rise):
    model, rows = trained()
    higher = rows.assign(threshold_g_per_dl=rows["threshold_g_per_dl"] + rise)
    before, after = (predict(model, some, NEED, as_of=AS_OF)[0] for some in (rows, higher))
    assert (after["request_24h_probability"] >= before["request_24h_probability"]).all()
