"""A region of any size: canonical, seeded, the same for any number of workers, and of the stated magnitude."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pytest

from hemoflow.connectors.synthetic import population as made
from hemoflow.connectors.synthetic.donors import WEEKDAYS, make_donations
from hemoflow.connectors.synthetic.magnitudes import DEMO
from hemoflow.connectors.synthetic.population import Population, draw_district
from hemoflow.domain.errors import UsageError
from hemoflow.domain.requests import Urgency
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.frames import conform

SMALL = Population(people=150_000, days=60, seed=7)


@pytest.fixture(scope="module")
def district():
    return draw_district(SMALL, 0)


def test_every_frame_is_canonical_and_known_before_the_end(district):
    end = pd.Timestamp(SMALL.region(0).ends_at)
    for table, frame in district.items():
        pd.testing.assert_frame_equal(conform(frame, CANONICAL[table]), frame)
        assert not frame.duplicated(list(CANONICAL[table].key)).any(), table
        assert frame["is_synthetic"].all()
        if table != "capacity":  # published some weeks ahead
            assert (frame["available_at"] < end).all(), table


def test_every_row_belongs_to_a_patient_of_the_district(district):
    known = set(district["patients"]["patient_id"])
    for table in ("encounters", "labs", "requests", "transfusions", "drugs"):
        assert set(district[table]["patient_id"]) <= known, table
    stays = district["encounters"].set_index("encounter_id")["patient_id"]
    for table in ("labs", "transfusions"):
        owned = district[table].dropna(subset=["encounter_id"])
        assert (owned["encounter_id"].map(stays) == owned["patient_id"]).all(), table


def test_magnitudes_are_those_of_the_region(district):
    asked = district["requests"]["requested_units"].sum() / SMALL.days
    assert asked == pytest.approx(SMALL.region(0).asked_units, rel=0.15)
    donated = district["donations"]["donated_units"].sum() / SMALL.days
    assert donated == pytest.approx(DEMO.donated_units * 0.15, rel=0.2)
    counts = district["labs"].groupby("patient_id").size()
    assert 35 < counts.mean() < 65
    levels = district["labs"].query("code == 'haemoglobin'")["value"]
    assert levels.quantile(0.001) > 4
    assert levels.max() < 20


def test_those_who_ask_are_more_anaemic_than_the_others(district):
    lowest = district["labs"].query("code == 'haemoglobin'").groupby("patient_id")["value"].min()
    asking = lowest.index.isin(district["requests"]["patient_id"])
    assert lowest[asking].median() < lowest[~asking].median() - 2


def test_another_seed_gives_other_people(district):
    other = draw_district(replace(SMALL, seed=8, people=30_000), 0)
    assert set(other["patients"]["patient_id"]).isdisjoint(
        set(district["patients"].query("programme == 'chronic'")["patient_id"])
    )


def test_no_two_districts_share_an_identifier(monkeypatch):
    monkeypatch.setattr(made, "DISTRICT_PEOPLE", 30_000)
    wanted = Population(people=50_000, days=20)
    assert wanted.districts == (25_000, 25_000)
    first, second = (draw_district(wanted, number) for number in range(2))
    for table, frame in first.items():
        key = list(CANONICAL[table].key)
        assert not pd.concat([frame[key], second[table][key]]).duplicated().any(), table


@pytest.mark.parametrize("pattern", list(WEEKDAYS))
def test_donations_follow_the_weekday(pattern):
    region = replace(DEMO, population=20_000_000)
    of_day = make_donations(region, 3, pattern).groupby("donated_on")["donated_units"].sum()
    means = of_day.groupby(of_day.index.dayofweek).mean() / of_day.mean()
    expected = pd.Series(WEEKDAYS[pattern])
    assert means.corr(expected) > 0.98


def test_figures_out_of_range_are_refused_all_at_once():
    with pytest.raises(UsageError, match=r"population.*days.*donations"):
        Population(people=10, days=0, donations="lunar")


def test_the_command_writes_the_same_bytes_for_any_number_of_workers(tmp_path):
    def written(folder, workers):
        command = [
            sys.executable, "-m", "flows", "synth", "--population", "600000", "--days", "3",
            "-o", str(folder), "--workers", workers,
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
        return {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    first = written(tmp_path / "one", "1")
    assert first == written(tmp_path / "two", "2")
    facts = json.loads((tmp_path / "one" / "manifest.json").read_text())
    assert facts["rows"]["patients"] > 100
    assert sum(name.startswith("labs/") for name in first) == 2


@pytest.mark.parametrize("seed", [3, 4])
def test_a_district_in_which_nobody_asks_with_some_urgency_is_drawn_too(seed):
    drawn = draw_district(Population(people=1000, days=2, seed=seed), 0)
    assert set(drawn["requests"]["urgency"]) < set(Urgency)
    for name, frame in drawn.items():
        pd.testing.assert_frame_equal(conform(frame, CANONICAL[name]), frame)
