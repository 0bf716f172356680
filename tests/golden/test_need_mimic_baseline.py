"""The last haemoglobin alone on the shipped subset, asked through the point-in-time questions.

Two readings of the same data, each fixed here:

* the evaluation protocol of the subset (see the connector's golden test): every calendar day of a stay at 08:00,
  haemoglobin of the laboratory (item 51222) taken during a stay, known when taken: AUROC 0.812 (on 1,142 days, not
  1,138: a question about a patient does not forget the stay that ended the day before, which four days show);
* what a run can really see: days in the house at the cut, every haemoglobin of the laboratory, known when reported:
  AUROC 0.821. A need model has to be compared with this one, for it sees no more.
"""

import pandas as pd
import pyarrow.parquet as pq
import pytest

from hemoflow.asof import open_view
from hemoflow.connectors import mimic
from hemoflow.connectors.mimic.study import SOURCE
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import read_rows
from hemoflow.domain.policy import load_policy
from hemoflow.schemas.frames import to_arrow
from hemoflow.settings import REPOSITORY
from models.evaluation import auroc
from models.need import evaluate

FOLDER = REPOSITORY / "data" / "mimic-iv-demo"
PSEUDONYMISER = Pseudonymiser(b"a key for tests only")
NEED = load_policy("region_demo?need.deals=1").need
FAR = pd.Timestamp("2205-01-01 08:00", tz="UTC")


@pytest.fixture(scope="module")
def frames():
    return mimic.load(FOLDER, PSEUDONYMISER, window=None, seed=0).frames


def ask(frames, folder, points=None):
    """Features and labels at the points, else at every past cut of everybody under care."""
    paths = {}
    for name, frame in frames.items():
        pq.write_table(to_arrow(frame), folder / f"{name}.parquet")
        paths[name] = [folder / f"{name}.parquet"]
    with open_view(paths, FAR, time_zone="UTC") as view:
        chosen = view.training_points(8) if points is None else points
        return view.need_features(chosen), view.need_labels(chosen, NEED.horizon_days)


def baseline(features, labels):
    """Days, positives and AUROC of the last haemoglobin where it is fresh."""
    day = features.merge(labels[labels["day_number"] == 1], on=["patient_id", "cut_at"])
    fresh = day[day["haemoglobin_age_hours"] <= NEED.haemoglobin_fresh_hours]
    event = fresh["has_event"].to_numpy(dtype="float64")
    return len(fresh), int(event.sum()), round(auroc(event, -fresh["haemoglobin_g_per_dl"].to_numpy()), 3)


def test_the_protocol_of_the_subset(frames, tmp_path):
    stays = frames["encounters"]
    days = [pd.date_range(row.started_at.normalize(), row.ended_at.normalize()) for row in stays.itertuples()]
    points = stays[["patient_id"]].assign(cut_at=days).explode("cut_at", ignore_index=True)
    points["cut_at"] = pd.to_datetime(points["cut_at"], utc=True) + pd.Timedelta(hours=8)
    raw = read_rows(FOLDER, "hosp/labevents", ["labevent_id"], {"itemid": {"51222"}.__contains__}).frame["labevent_id"]
    labs = frames["labs"]
    kept = labs["lab_id"].isin(PSEUDONYMISER.series("lab", SOURCE, raw)) & labs["encounter_id"].notna()
    patients = frames["patients"].assign(available_at=pd.Timestamp("2100-01-01", tz="UTC"))
    world = frames | {"labs": labs[kept].assign(available_at=labs["taken_at"]), "patients": patients}
    features, labels = ask(world, tmp_path, points)
    assert len(features) == 1327
    first = labels[(labels["day_number"] == 1) & labels["has_event"]]
    assert (len(first), first["patient_id"].nunique()) == (61, 22)
    assert baseline(features, labels) == (1142, 53, 0.812)


def test_what_a_run_can_see_and_the_model_beside_it(frames, tmp_path):
    features, labels = ask(frames, tmp_path)
    assert len(features) == 1200
    assert baseline(features, labels) == (1156, 52, 0.821)
    found = evaluate(features, labels, NEED, seed=1).of()
    assert (found.fresh_points, found.fresh_positives) == (1156, 52)
    assert round(found.baseline_auroc.value, 3) == 0.821
    assert found.fresh_auroc.value > found.baseline_auroc.value
    assert 0.7 < found.calibration.slope < 1.3
