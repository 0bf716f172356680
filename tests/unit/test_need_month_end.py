"""The monthly evaluation: what models said against what came, and when a person should think of retraining."""

import numpy as np
import pandas as pd

from hemoflow.domain.policy import load_policy
from models.need.month_end import LEAST_POSITIVES, judge_month, sentences

WATCH = load_policy("region_demo").watch
CUTS = pd.date_range("2024-10-01T06:00Z", periods=30, freq="D")
TRAINED = {"need-1": {"all": {"auroc": {"value": 0.9}}}}


def month(probability, event):
    """A month of forty patients a day under one model."""
    points = pd.DataFrame([(f"p{n:02d}", cut) for cut in CUTS for n in range(40)], columns=["patient_id", "cut_at"])
    said = points.assign(model_id="need-1", request_24h_probability=probability)
    return said, points.assign(day_number=1, has_event=event, units=0)


def test_a_month_as_expected_gives_no_reason():
    rng = np.random.default_rng(1)
    probability = np.where(rng.random(1200) < 0.1, 0.8, 0.02)
    verdict = judge_month(*month(probability, rng.random(1200) < probability), {"need-1": 2}, TRAINED, WATCH)
    (row,) = verdict.figures.to_dict("records")
    assert (row["days"], row["patient_days"], row["drifting_days"]) == (30, 1200, 2)
    assert 0.8 < row["calibration_slope"] < 1.2
    assert row["auroc"] > 0.85
    assert list(sentences(verdict)) == ["No reason to retrain was found."]


def test_worse_ranking_wrong_level_and_drift_are_each_a_reason_and_a_person_decides():
    rng = np.random.default_rng(1)
    said, came = month(rng.random(1200), rng.random(1200) < 0.2)
    told = sentences(judge_month(said, came, {"need-1": 15}, TRAINED, WATCH))
    assert [words.split("need-1 ")[-1].split(" ")[0] for words in told[:3]] == ["ranks", "expected", "saw"]
    assert "a person decides" in told[-1]


def test_few_events_judge_nobody_and_what_is_not_known_yet_is_left_out():
    said, came = month(0.5, False)
    came.loc[: LEAST_POSITIVES - 2, "has_event"] = True
    verdict = judge_month(said, came[came["cut_at"] < CUTS[10]], {}, {}, WATCH)
    assert (verdict.figures["days"].item(), verdict.suggestions) == (10, ())
    assert sentences(judge_month(said, came.head(0), {}, {}, WATCH))[0].startswith("No prediction")
