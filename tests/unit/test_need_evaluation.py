"""Figures by hand and against a library."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import average_precision_score, roc_auc_score

from models.evaluation import auprc, auroc, bootstrap, brier, calibration_error, calibration_line, has_both_classes

EVENT = np.array([0, 0, 1, 1, 0, 1], dtype="float64")
SCORE = np.array([0.1, 0.4, 0.35, 0.8, 0.4, 0.4])


def test_auroc_counts_ties_half():
    assert auroc(EVENT, SCORE) == pytest.approx(roc_auc_score(EVENT, SCORE))
    assert auroc(np.array([0.0, 1.0]), np.array([0.5, 0.5])) == 0.5


def test_discrimination_equals_the_library_on_many_draws():
    draw = np.random.default_rng(1)
    for _ in range(20):
        event, score = draw.integers(0, 2, 50).astype("float64"), draw.integers(0, 9, 50) / 9
        assert auroc(event, score) == pytest.approx(roc_auc_score(event, score))
        assert auprc(event, score) == pytest.approx(average_precision_score(event, score))


def test_what_cannot_be_known_is_nan():
    ones = np.ones(3)
    assert not has_both_classes(ones)
    assert np.isnan([auroc(ones, ones), auprc(ones, ones), calibration_line(ones, ones / 2).slope]).all()
    assert np.isnan([brier(ones[:0], ones[:0]), calibration_error(ones[:0], ones[:0])]).all()
    assert np.isnan(bootstrap(auroc, ones, ones, ones, seed=1).low)
    assert np.isnan(bootstrap(auroc, ones[:0], ones[:0], ones[:0], seed=1).value)


def test_brier_and_calibration_error_by_hand():
    assert brier(np.array([0.0, 1.0]), np.array([0.5, 0.5])) == 0.25
    event, probability = np.array([0.0, 0.0, 1.0, 0.0]), np.array([0.1, 0.1, 0.8, 0.8])
    assert calibration_error(event, probability, bins=2) == pytest.approx((2 * 0.1 + 2 * 0.3) / 4)


def test_calibration_line_finds_how_predictions_were_bent():
    draw = np.random.default_rng(2)
    odds = draw.normal(0, 2, 20000)
    event = (draw.random(20000) < expit(odds)).astype("float64")
    line = calibration_line(event, expit(0.5 + 2 * odds))
    assert (line.slope, line.intercept) == pytest.approx((0.5, -0.25), abs=0.05)
    assert np.allclose(line.apply(expit(0.5 + 2 * odds)), expit(odds), atol=0.05)


def test_bootstrap_draws_patients_not_days():
    draw = np.random.default_rng(3)
    group = np.repeat(np.arange(20), 30).astype("float64")
    risk = np.repeat(draw.normal(0, 2, 20), 30)
    event = (draw.random(600) < expit(risk)).astype("float64")
    by_patient = bootstrap(auroc, event, risk, group, seed=4)
    by_day = bootstrap(auroc, event, risk, np.arange(600.0), seed=4)
    assert by_patient.low < by_patient.value < by_patient.high
    assert by_patient.high - by_patient.low > 1.5 * (by_day.high - by_day.low)
    assert by_patient == bootstrap(auroc, event, risk, group, seed=4)
