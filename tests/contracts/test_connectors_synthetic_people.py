"""Made-up people: they fit the layouts, reach the stated magnitudes, and betray no planted kind."""

import pandas as pd
import pytest

from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.synthetic import SOURCE
from hemoflow.connectors.synthetic.background import make_background
from hemoflow.connectors.synthetic.chronic import HOME_RECORDS, make_chronic
from hemoflow.connectors.synthetic.chronic_types import KINDS
from hemoflow.connectors.synthetic.magnitudes import DEMO
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.frames import conform

DAYS = len(DEMO.days)
NAMES = Pseudonymiser(b"a key for tests only")


@pytest.fixture(scope="module")
def chronic():
    return make_chronic(NAMES, DEMO, 11)


@pytest.fixture(scope="module")
def background():
    return make_background(NAMES, DEMO, 11)


def everything(chronic, background):
    frames = [(table, frame) for made in (chronic, background) for table, frame in made.items()]
    return [(table, frame.drop(columns="planned_on", errors="ignore")) for table, frame in frames]


def test_every_frame_fits_its_layout_and_is_marked_synthetic(chronic, background):
    for table, frame in everything(chronic, background):
        pd.testing.assert_frame_equal(conform(frame, CANONICAL[table]), frame)
        assert frame["is_synthetic"].all()
        assert set(frame["source"]) == {SOURCE}
        assert frame[list(CANONICAL[table].key)].duplicated().sum() == 0
        assert (frame["available_at"] < pd.Timestamp(DEMO.ends_at)).all()


def test_every_row_belongs_to_a_patient_who_is_known_by_then(chronic, background):
    for made in (chronic, background):
        known = made["patients"].set_index("patient_id")["available_at"]
        for table in set(made) - {"patients"}:
            assert (made[table]["available_at"] >= made[table]["patient_id"].map(known)).all(), table
    stays = chronic["encounters"].set_index("encounter_id")["patient_id"]
    assert (chronic["transfusions"]["encounter_id"].map(stays) == chronic["transfusions"]["patient_id"]).all()


def test_no_word_of_the_generator_is_left_in_an_identifier(chronic, background):
    for table, frame in everything(chronic, background):
        for column in [name for name in frame.columns if name.endswith("_id") and name != "site_id"]:
            assert frame[column].dropna().str.fullmatch(r"[a-z]+_[0-9a-f]{16}").all(), (table, column)


def test_no_result_is_known_before_its_sample_and_no_request_before_it_was_made(chronic, background):
    assert (chronic["labs"]["available_at"] > chronic["labs"]["taken_at"]).all()
    assert (chronic["transfusions"]["available_at"] > chronic["transfusions"]["started_at"]).all()
    for made in (chronic, background):
        requests = made["requests"]
        assert (requests["available_at"] == requests["requested_at"]).all()
        withdrawn = requests["cancelled_at"].dropna()
        assert (withdrawn > requests.loc[withdrawn.index, "requested_at"]).all()


def test_not_urgent_requests_are_used_within_their_deadline_on_a_working_day(chronic, background):
    for made in (chronic, background):
        planned = made["requests"].dropna(subset="planned_on")
        assert set(planned["urgency"]) == {8}
        waits = planned["planned_on"] - planned["requested_at"].dt.tz_localize(None).dt.normalize()
        assert waits.between(pd.Timedelta(days=1), pd.Timedelta(days=8)).all()
        assert (planned["planned_on"].dt.weekday < 5).all()
        assert made["requests"].loc[made["requests"]["urgency"] == 8, "planned_on"].notna().all()


def test_the_region_asks_for_as_much_as_a_region_of_its_size(chronic, background):
    requests = pd.concat([chronic["requests"], background["requests"]])
    by_urgency = requests.groupby("urgency")["requested_units"].sum() / DAYS
    assert by_urgency.sum() == pytest.approx(93, rel=0.06)
    assert (by_urgency / by_urgency.sum()).tolist() == pytest.approx([0.15, 0.45, 0.40], abs=0.03)
    assert background["requests"]["requested_units"].mean() == pytest.approx(1.64, abs=0.12)
    sites = background["requests"].groupby("site_id")["requested_units"].sum()
    assert (sites / sites.sum()).tolist() == pytest.approx([units / 93 for units in (41, 20, 14, 9, 6, 3)], abs=0.03)


def test_very_urgent_requests_come_in_bursts_and_planned_ones_on_working_days(background):
    requests = background["requests"].assign(day=background["requests"]["requested_at"].dt.date)
    very_urgent = requests[requests["urgency"] == 0].groupby("day").size().reindex(DEMO.days, fill_value=0)
    assert very_urgent.var() / very_urgent.mean() == pytest.approx(2.5, abs=1.0)
    planned = requests[requests["urgency"] == 8]["requested_at"].dt.weekday
    assert (planned >= 5).mean() < 0.08


def test_groups_follow_the_mix_and_a_few_very_urgent_patients_have_none(background):
    patients = background["patients"]
    shares = patients["blood_group"].value_counts(normalize=True)
    for group, share in DEMO.group_mix:
        assert shares[str(group)] == pytest.approx(share, abs=0.02)
    joined = background["requests"].merge(patients, on="patient_id")
    unknown = joined[joined["blood_group"].isna()]
    assert set(unknown["urgency"]) == {0}
    assert len(unknown) / (joined["urgency"] == 0).sum() == pytest.approx(0.02, abs=0.02)
    assert not unknown["is_group_confirmed"].any()


def test_recipients_are_old(background):
    ages = 2024 - background["patients"]["birth_year"]
    assert ages.median() == pytest.approx(73, abs=2)
    assert (ages > 80).mean() == pytest.approx(0.33, abs=0.03)


def test_the_clinics_see_ten_visits_a_weekday(chronic):
    assert len(chronic["patients"]) == 130
    visits = (chronic["encounters"]["care_setting"] == "OUTPATIENT").sum() / (DAYS * 5 / 7)
    assert visits == pytest.approx(10, rel=0.25)
    assert chronic["transfusions"]["given_units"].sum() / DAYS == pytest.approx(14, rel=0.15)
    mix = (
        chronic["patients"]["diagnosis_group"]
        .replace({"haem_onc": "onc", "solid_onc": "onc"})
        .value_counts(normalize=True)
    )
    stated = {"mds": 0.45, "onc": 0.30, "haemoglobinopathy": 0.10, "renal_gi": 0.15}
    assert mix.to_dict() == pytest.approx(stated, abs=0.03)


def test_haemoglobin_is_taken_the_day_before_and_lies_near_the_threshold(chronic):
    counts = chronic["labs"].query("code == 'haemoglobin'")[["patient_id", "taken_at", "value"]].sort_values("taken_at")
    given = chronic["transfusions"].query("setting == 'clinic'").sort_values("started_at")
    before = pd.merge_asof(given, counts, left_on="started_at", right_on="taken_at", by="patient_id")
    hours = (before["started_at"] - before["taken_at"]).dt.total_seconds() / 3600
    assert hours.between(0, 31).all()
    gap = before["value"] - before["patient_id"].map(chronic["patients"].set_index("patient_id")["threshold_g_per_dl"])
    assert gap.median() == pytest.approx(0, abs=0.4)
    assert gap.abs().quantile(0.9) < 2


def test_a_transfusion_lifts_haemoglobin_and_time_lowers_it(chronic):
    counts = chronic["labs"].query("code == 'haemoglobin'").sort_values("taken_at")
    given = chronic["transfusions"].query("given_units == 2").sort_values("started_at")
    before = pd.merge_asof(given, counts, left_on="started_at", right_on="taken_at", by="patient_id")["value"]
    after = pd.merge_asof(
        given, counts, left_on="started_at", right_on="taken_at", by="patient_id", direction="forward"
    )
    soon = (after["taken_at"] - after["started_at"]).dt.days < 7
    assert (after["value"] - before)[soon].mean() > 0.4
    later = (after["taken_at"] - after["started_at"]).dt.days >= 14
    assert (after["value"] - before)[later].mean() < (after["value"] - before)[soon].mean() - 0.3


def test_some_records_are_missing_on_purpose_in_the_stated_shares(chronic):
    patients = chronic["patients"]
    for name, share, unknown_share in HOME_RECORDS:
        assert patients[name].isna().mean() == pytest.approx(unknown_share, abs=0.1), name
        assert patients[name].mean() == pytest.approx(share, abs=0.13), name
    assert 0 < patients["travel_minutes"].isna().mean() < 0.2
    assert 0 < patients["antibodies"].isna().mean() < 0.25


def test_no_column_says_which_kind_a_patient_is(chronic):
    patients = chronic["patients"]
    assert not set(patients.columns) & {"kind", "type", "raw", "person"}
    for column in patients.columns.difference(["patient_id", "weight_kg", "travel_minutes"]):
        assert patients[column].nunique() < 60, f"{column} could carry a hidden label"


def test_planted_kinds_leave_different_histories(chronic):
    given = chronic["transfusions"].sort_values("started_at")
    given["gap"] = given.groupby("patient_id")["started_at"].diff().dt.days
    by_patient = given.groupby("patient_id")["gap"].agg(["mean", "std", "size"]).query("size >= 5")
    variation = (by_patient["std"] / by_patient["mean"]).rename("variation")
    known = chronic["patients"].set_index("patient_id").join(variation, how="inner")
    spread = known.groupby("diagnosis_group")["variation"].median()
    assert spread["mds"] < 0.3 < spread["haem_onc"]
    young = known[known["diagnosis_group"] == "haemoglobinopathy"]["birth_year"]
    assert young.min() > known[known["diagnosis_group"] == "mds"]["birth_year"].max()
    assert sum(kind.share for kind in KINDS) == pytest.approx(1)


def test_a_stay_never_overlaps_a_later_visit(chronic):
    stays = chronic["encounters"].sort_values(["patient_id", "started_at"])
    following = stays.groupby("patient_id")["started_at"].shift(-1)
    assert ((stays["ended_at"] <= following) | following.isna()).all()
    assert (stays["care_setting"] == "INPATIENT").sum() > 10
