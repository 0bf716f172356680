"""The joined demonstration region on the shipped data: whole, repeatable, and in a believable state on its last day."""

import gzip
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from hemoflow.connectors import region
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.frames import conform
from hemoflow.schemas.published import INGEST_REPORT, QUARANTINE

DATA = Path(__file__).resolve().parents[2] / "data"
NAMES = Pseudonymiser(b"a key for tests only")
SEED = 2024
SMALL = replace(region.DEMO, population=100_000, first_on=date(2024, 9, 16))
CUT = pd.Timestamp("2024-10-31 08:00", tz="UTC")


@pytest.fixture(scope="module")
def loaded():
    return dict(region.load_region(DATA, NAMES, seed=SEED))


@pytest.fixture(scope="module")
def joined(loaded):
    tables = {table for each in loaded.values() for table in each.frames}
    return {
        table: pd.concat([each.frames[table] for each in loaded.values() if table in each.frames], ignore_index=True)
        for table in tables
    }


@pytest.fixture(scope="module")
def state(joined):
    """Last event of every unit before the cut."""
    events = joined["unit_events"].merge(joined["units"][["unit_id", "blood_group"]], on="unit_id")
    seen = events[events["available_at"] <= CUT].sort_values(["occurred_at", "event_id"])
    return seen.drop_duplicates("unit_id", keep="last").set_index("unit_id")


def test_three_sources_deliver_and_every_row_says_which(loaded):
    assert tuple(loaded) == region.REGION_SOURCES
    for source, each in loaded.items():
        assert set(each.report["source"]) == {source}
        conform(each.report, INGEST_REPORT)
        conform(each.quarantine, QUARANTINE)
        assert each.notes
        for table, frame in each.frames.items():
            pd.testing.assert_frame_equal(conform(frame, CANONICAL[table]), frame)
            assert set(frame["source"]) <= {source}


def test_only_inpatients_are_real(loaded):
    assert not loaded["mimic-iv"].frames["labs"]["is_synthetic"].any()
    for source in region.REGION_SOURCES[1:]:
        assert all(frame["is_synthetic"].all() for frame in loaded[source].frames.values())
    patients = loaded["mimic-iv"].frames["patients"]
    assert patients["blood_group"].notna().all()
    assert patients["is_group_synthetic"].all()


def test_the_supply_is_the_size_of_the_region(joined):
    assert joined["donations"]["donated_units"].sum() / len(region.DEMO.days) == pytest.approx(90, rel=0.04)
    received = joined["units"]["origin"].value_counts()
    assert received["donation"] == joined["donations"]["donated_units"].sum()


def test_the_stock_of_the_last_morning_is_believable(joined, state):
    usable = state[state["event"].isin(["received", "released"])]
    assert 4 <= len(usable) / 93 <= 9
    assert usable["blood_group"].nunique() >= 7
    days = usable.groupby("blood_group").size() / pd.Series({str(g): 93 * s for g, s in region.DEMO.group_mix})
    assert (days.fillna(0) < 6).sum() >= 1
    assert 10 <= (state["event"] == "reserved").sum() <= 100
    assert 1 <= (state["event"] == "returned").sum() <= 20
    last_days = joined["units"].set_index("unit_id")["outdate_on"]
    assert (usable.index.map(last_days) >= pd.Timestamp("2024-10-31")).all()


def test_open_requests_of_the_last_morning_are_tens_and_none_is_overdue(joined):
    events = joined["unit_events"][joined["unit_events"]["available_at"] <= CUT]
    net = events["event"].map({"issued": 1, "returned": -1}).fillna(0).groupby(events["request_id"]).sum()
    requests = joined["requests"][joined["requests"]["available_at"] <= CUT]
    requests = requests[~(requests["cancelled_at"] <= CUT) & (requests["requested_at"] > CUT - pd.Timedelta(days=30))]
    left = requests["requested_units"] - requests["request_id"].map(net).fillna(0)
    still_open = requests[left > 0]
    assert 60 <= len(still_open) <= 220
    assert still_open["urgency"].eq(1).sum() >= 10
    due_on = still_open["requested_at"].dt.normalize() + pd.to_timedelta(still_open["urgency"].astype(int), unit="D")
    assert (due_on >= CUT.normalize()).all()


def test_most_issues_are_identical_and_events_point_at_known_requests(joined):
    issued = joined["unit_events"].query("event == 'issued'").merge(joined["units"], on="unit_id")
    wanted = issued.merge(joined["patients"][["patient_id", "blood_group"]], on="patient_id", suffixes=("", "_patient"))
    assert (wanted["blood_group"] == wanted["blood_group_patient"]).mean() > 0.95
    assert set(issued["request_id"]) <= set(joined["requests"]["request_id"])
    assert set(issued["patient_id"]) & set(joined["patients"].query("programme == 'inpatient'")["patient_id"])


@pytest.fixture(scope="module")
def small():
    return dict(region.load_region(DATA, NAMES, seed=1, region=SMALL))


def test_another_seed_gives_another_region(small):
    other = dict(region.load_region(DATA, NAMES, seed=2, region=SMALL))
    assert not small["synthetic-region"].frames["units"].equals(other["synthetic-region"].frames["units"])
    assert len(small["synthetic-region"].frames["patients"].query("programme == 'chronic'")) == 13


def test_broken_rows_are_named_and_the_rest_goes_on(tmp_path, small):
    for folder in region.FOLDERS.values():
        shutil.copytree(DATA / folder, tmp_path / folder)
    orders = tmp_path / "mimic-iv-demo" / "hosp" / "poe.csv.gz"
    lines = gzip.decompress(orders.read_bytes()).decode().splitlines()
    place = next(n for n, line in enumerate(lines) if "Red Cell Product Order" in line and ",New," in line)
    time_field = lines[0].split(",").index("ordertime")
    fields = lines[place].split(",")
    fields[time_field] = "yesterday"
    lines[place] = ",".join(fields)
    orders.write_bytes(gzip.compress("\n".join(lines).encode() + b"\n", mtime=0))
    broken = dict(region.load_region(tmp_path, NAMES, seed=1, region=SMALL))
    faults = broken["mimic-iv"].quarantine.merge(small["mimic-iv"].quarantine, how="left", indicator=True)
    added = faults[faults["_merge"] == "left_only"]
    assert place + 1 in set(added["row_number"])
    assert set(added["table_name"]) == {"requests"}
    assert len(broken["mimic-iv"].frames["requests"]) == len(small["mimic-iv"].frames["requests"]) - 1
    assert len(broken["synthetic-region"].frames["units"]) > 0


def test_the_fingerprint_changes_with_whatever_changes_the_rows(tmp_path):
    for folder in region.FOLDERS.values():
        shutil.copytree(DATA / folder, tmp_path / folder)
    usual = region.fingerprint(DATA, "key", 1, region.DEMO)
    assert usual == region.fingerprint(tmp_path, "key", 1, region.DEMO)
    assert len({usual, region.fingerprint(DATA, "other", 1), region.fingerprint(DATA, "key", 2)}) == 3
    assert usual != region.fingerprint(DATA, "key", 1, SMALL)
    counts = tmp_path / "malaysia-donations" / "blood_donations.csv"
    counts.write_bytes(counts.read_bytes() + b"2025-01-01,all,1\n")
    assert usual != region.fingerprint(tmp_path, "key", 1, region.DEMO)
