"""The data profile: known answers on tiny tables, and a page that shows nobody."""

from dataclasses import replace

import pandas as pd
import pytest

from hemoflow.asof import profile as questions
from hemoflow.asof.visible import open_engine
from hemoflow.reports.profile import Profile, diagnosis_table, profile_html
from tests.spec.asof_world import CUT, World, at


@pytest.fixture
def engine(tmp_path):
    world = World(tmp_path)
    for number in range(10):
        who = f"p{number}"
        world.add("patients", patient_id=who, diagnosis_group="mds" if number < 8 else None, weight_kg=70.0 + number)
        world.add("labs", patient_id=who, value=7.0 + number / 10, taken_at=at("2024-10-01 07:00"))
        world.add("transfusions", patient_id=who, given_units=2, started_at=at("2024-10-01 10:00"))
        world.add("transfusions", patient_id=who, given_units=1, started_at=at("2024-10-15 10:00"))
    world.add("labs", patient_id="p0", value=6.0, taken_at=at("2024-09-27 07:00"))  # more than 72 hours before
    world.add("patients", patient_id="late", available_at=at("2024-12-01"))
    with open_engine(world.write(), CUT, time_zone="UTC") as opened:
        yield opened


def test_coverage_counts_what_is_visible(engine):
    tables = questions.coverage(engine).set_index("table_name")
    assert tables.loc["patients", ["rows", "patients"]].tolist() == [10, 10]
    assert tables.loc["transfusions", "rows"] == 20
    assert tables.loc["transfusions", "first_on"] == pd.Timestamp("2024-10-01")
    assert tables.loc["transfusions", "last_on"] == pd.Timestamp("2024-10-15")
    assert tables.loc["notes", "rows"] == 0


def test_missing_shares_are_of_the_visible_rows(engine):
    shares = questions.missingness(engine).set_index(["table_name", "column_name"])["missing_share"]
    assert shares["patients", "diagnosis_group"] == pytest.approx(0.2)
    assert shares["patients", "weight_kg"] == 0
    assert "notes" not in shares.index.get_level_values(0)


def test_the_haemoglobin_before_is_the_last_of_72_hours(engine):
    days = questions.episodes(engine).set_index(["patient_id", "given_on"])
    first, second = (("p0", pd.Timestamp(day)) for day in ("2024-10-01", "2024-10-15"))
    assert days.loc[first, "haemoglobin_before_g_per_dl"] == 7.0
    assert pd.isna(days.loc[second, "haemoglobin_before_g_per_dl"])
    assert days.loc[second, "interval_days"] == 14


def test_small_groups_are_withheld(engine):
    episodes = questions.episodes(engine)
    table = diagnosis_table(episodes, 2).set_index("diagnosis_group")
    assert table.loc["mds", ["patients", "episodes", "units_per_episode", "interval_days"]].tolist() == [8, 16, 1.5, 14]
    assert table.loc["not recorded", "patients"] == 2
    hidden = diagnosis_table(episodes, 8).set_index("diagnosis_group")
    assert hidden.isna().all(axis=None), "the coverage tells all patients: the large group would tell the small one"


def test_the_page_shows_aggregates_only(engine):
    found = Profile(
        CUT, questions.coverage(engine), questions.missingness(engine), questions.labs(engine),
        questions.episodes(engine), questions.weeks(engine), 8,
    )  # fmt: skip
    page = profile_html(found)
    assert "withheld" in page
    assert "7.5: –" in page, "one patient had this haemoglobin before"
    few = profile_html(replace(found, smallest=11))
    assert "diagnosis_group" not in few, "a share of ten patients counts them"
    assert "Withheld: too few patients were transfused." in few
    assert "Units transfused" not in few, "a line by week of ten patients tells of one"
    assert ">20<" not in few, "ten patients and their rows are too few to be told"
    assert all(f">{name}<" not in page for name in (f"p{n}" for n in range(10)))
    assert "Mon 30 Sep 2024 to Mon 14 Oct 2024, at most 20 a week" in page
    assert "Without rows: encounters, requests" in page
    assert "fewer than 8 a week" in profile_html(replace(found, weeks=found.weeks.assign(amount=7)))
    everything = profile_html(replace(found, cut_at=None))
    assert "everything on record" in everything
