"""What is known of stock, requests and histories: tiny tables in, the answer out."""

import pandas as pd
import pytest

from hemoflow.asof import open_view
from hemoflow.domain.errors import InputError, UsageError
from hemoflow.schemas.canonical import CANONICAL
from tests.spec.asof_world import CUT, World, at


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def life(world, unit, *events, **values):
    world.add("units", unit_id=unit, **values)
    for event, when, *request in events:
        world.add("unit_events", unit_id=unit, event=event, occurred_at=at(when), request_id=next(iter(request), None))


def test_the_last_event_gives_the_state(world):
    got = ("received", "2024-10-20")
    life(world, "free", got)
    life(world, "held", got, ("reserved", "2024-10-30", "r"))
    life(world, "freed", got, ("reserved", "2024-10-29", "r"), ("released", "2024-10-30"))
    life(world, "back", got, ("issued", "2024-10-29", "r"), ("returned", "2024-10-30", "r"))
    life(
        world,
        "checked",
        got,
        ("issued", "2024-10-28", "r"),
        ("returned", "2024-10-29", "r"),
        ("released", "2024-10-30"),
    )
    for event in ("issued", "transfused", "outdated", "discarded"):
        life(world, event, got, (event, "2024-10-30"))
    life(world, "late", got, ("issued", "2024-10-31 08:01"))
    life(world, "last day", got, outdate_on="2024-10-31")
    life(world, "too old", got, outdate_on="2024-10-30")
    world.add("units", unit_id="never received")
    with world.view() as view:
        stock = view.stock().set_index("unit_id")
    assert stock["state"].to_dict() == {
        "free": "available", "held": "reserved", "freed": "available", "back": "quarantine", "checked": "available",
        "late": "available", "last day": "available",
    }  # fmt: skip
    assert stock["reserved_request_id"].dropna().to_dict() == {"held": "r"}


def test_the_last_day_is_a_local_day(world):
    life(world, "u", ("received", "2024-10-20"), outdate_on="2024-10-30")
    cut = at("2024-10-30 23:30")
    with world.view(cut, "UTC") as view:
        assert len(view.stock()) == 1
    with world.view(cut, "Europe/Rome") as view:
        assert len(view.stock()) == 0


def test_events_of_one_instant_follow_their_number(world):
    life(world, "u", ("received", "2024-10-30 10:00"), ("issued", "2024-10-30 10:00", "r"))
    with world.view() as view:
        assert view.stock().empty


def test_what_is_still_open(world):
    def ask(name, **values):
        world.add("requests", request_id=name, **({"requested_at": at("2024-10-30 20:00")} | values))

    world.add("patients", patient_id="p", blood_group="A+", needs_irradiated=True, antibodies="")
    ask("partly", requested_units=3)
    ask("served", requested_units=1)
    ask("returned", requested_units=1)
    ask("withdrawn", cancelled_at=at("2024-10-31 07:00"))
    ask("withdrawn later", cancelled_at=at("2024-10-31 09:00"))
    ask("forgotten", requested_at=at("2024-10-01 07:59"))
    ask("unheard", available_at=at("2024-10-31 09:00"))
    got = ("received", "2024-10-20")
    life(world, "a", got, ("issued", "2024-10-30 21:00", "partly"), ("transfused", "2024-10-30 22:00", "partly"))
    life(world, "b", got, ("reserved", "2024-10-30 21:00", "partly"))
    life(world, "c", got, ("issued", "2024-10-30 21:00", "served"))
    for spare in ("e", "f"):
        life(world, spare, got, ("reserved", "2024-10-30 21:00", "withdrawn later"))
    life(world, "d", got, ("issued", "2024-10-30 21:00", "returned"), ("returned", "2024-10-31 06:00", "returned"))
    with world.view() as view:
        open_ = view.open_requests().set_index("request_id")
    assert open_["open_units"].to_dict() == {"partly": 2, "returned": 1, "withdrawn later": 1}
    assert open_["reserved_units"].to_dict() == {"partly": 1, "returned": 0, "withdrawn later": 1}
    partly = open_.loc["partly"]
    assert (partly["supply_blood_group"], partly["is_emergency_rule"], partly["needs_irradiated"]) == (
        "A+",
        False,
        True,
    )
    assert (partly["requested_on"], partly["due_on"]) == (pd.Timestamp("2024-10-30"), pd.Timestamp("2024-10-31"))


@pytest.mark.parametrize(
    ("sex", "birth_year", "expected"),
    [("F", 1973, "O-"), ("F", 1972, "O+"), ("M", 2005, "O-"), ("M", 2004, "O+"), (None, 1960, "O+"), ("M", None, "O-")],
)
def test_an_unknown_group_gets_the_emergency_rule_on_the_safe_side(world, sex, birth_year, expected):
    world.add("patients", patient_id="p", sex=sex, birth_year=birth_year)
    world.add("requests", requested_at=at("2024-10-31 07:00"), urgency=8)
    with world.view() as view:
        (seen,) = view.open_requests().to_dict("records")
        history = view.request_history(1)
    assert pd.isna(seen["patient_blood_group"])
    assert (seen["supply_blood_group"], seen["is_emergency_rule"]) == (expected, True)
    assert seen["due_on"] == pd.Timestamp("2024-11-08")
    assert history["requested_units"].sum() == 0, "the running day is not history"


def test_a_request_of_an_unknown_patient_is_not_lost(world):
    world.add("requests", patient_id="stranger", requested_at=at("2024-10-31 07:00"))
    with world.view() as view:
        assert view.open_requests()["supply_blood_group"].tolist() == ["O-"]


def test_request_history_by_group_to_supply(world):
    world.add("patients", patient_id="p", blood_group="B-", programme="chronic")
    world.add("patients", patient_id="m", sex="M", birth_year=1950, programme="background")
    world.add("requests", requested_units=2, requested_at=at("2024-10-30 22:30"), urgency=8)
    world.add(
        "requests", requested_units=5, requested_at=at("2024-10-29 10:00"), urgency=8, cancelled_at=at("2024-10-30")
    )
    world.add("requests", patient_id="m", requested_units=3, requested_at=at("2024-10-29 10:00"), urgency=0)
    with world.view() as view:
        history = view.request_history(2)
    assert len(history) == 2 * 8 * 3 * 3
    some = history[history["requested_units"] > 0].reset_index(drop=True)
    assert some["request_on"].tolist() == [pd.Timestamp("2024-10-29"), pd.Timestamp("2024-10-30")]
    assert some.drop(columns="request_on").to_numpy().tolist() == [["O+", 0, "background", 3], ["B-", 8, "chronic", 2]]
    with world.view(zone="Asia/Kuala_Lumpur") as view:
        later = view.request_history(2)
    assert later["requested_units"].sum() == 3, "in Kuala Lumpur 22:30 UTC is already the running day"


def test_donation_history(world):
    for site, day, units in [
        ("C", "2024-10-30", 4),
        ("D", "2024-10-30", 3),
        ("C", "2024-10-31", 9),
        ("C", "2024-10-28", 9),
    ]:
        world.add("donations", site_id=site, donated_on=day, donated_units=units)
    with world.view() as view:
        history = view.donation_history(2)
    assert len(history) == 16
    assert history[history["donated_units"] > 0].to_numpy().tolist() == [[pd.Timestamp("2024-10-30"), "O+", 7]]


def test_issue_history_and_the_count_of_the_day_before(world):
    got = ("received", "2024-10-01")
    life(world, "used", got, ("issued", "2024-10-30 10:00", "r"), ("transfused", "2024-10-30 11:00", "r"))
    life(world, "back", got, ("issued", "2024-10-30 10:00", "r"), ("returned", "2024-10-30 12:00", "r"))
    life(world, "lost", got, ("issued", "2024-10-29 10:00", "r"), ("discarded", "2024-10-30 12:00", "r"))
    life(world, "old", got, ("outdated", "2024-10-30 00:00"))
    life(world, "fresh", ("received", "2024-10-30 12:00"))
    with world.view() as view:
        history, before, free = view.issue_history(2), view.stock_count_before(), view.stock()
    row = history[(history["issue_on"] == "2024-10-30") & (history["blood_group"] == "O+")]
    assert row.to_numpy().tolist()[0][2:] == [1, 1, 1]
    assert history["issued_units"].sum() == 1
    assert before.set_index("blood_group")["available_units"]["O+"] == 2, "used and back were still free"
    assert before["available_units"].sum() == 2
    assert free["state"].value_counts().to_dict() == {"quarantine": 1, "available": 1}


def test_freshness_marks_the_freshest_source_of_what_a_plan_needs(world):
    world.add("requests", requested_at=at("2024-10-31 06:00"), source="live")
    world.add("requests", requested_at=at("2024-10-20 06:00"), source="old")
    world.add("patients", patient_id="p", source="old", available_at=at("2024-10-31 09:00"))
    with world.view() as view:
        seen = view.freshness(["requests", "patients"], 36)
    rows = seen[["source", "table_name", "rows", "is_critical", "is_stale"]].to_numpy().tolist()
    assert rows == [
        ["live", "requests", 1, True, False],
        ["none", "patients", 0, True, True],
        ["old", "requests", 1, False, True],
    ]
    assert seen["age_hours"].tolist()[0] == 2


def test_capacity_from_the_local_day_on(world):
    for day in ("2024-10-30", "2024-10-31", "2024-11-01"):
        world.add("capacity", capacity_on=day, available_minutes=60)
    world.add("capacity", capacity_on="2024-11-02", available_minutes=60, available_at=at("2024-11-01"))
    with world.view() as view:
        assert view.capacity()["capacity_on"].dt.day.tolist() == [31, 1]


def test_the_hash_tells_what_was_visible_and_nothing_else(world):
    world.add("labs", value=8.0, taken_at=at("2024-10-30"))
    world.add("requests", requested_at=at("2024-10-30"))
    with world.view() as view:
        before = view.content_hash()
    world.add("labs", value=7.0, taken_at=at("2024-10-30"), available_at=at("2024-10-31 08:01"))
    world.rows["requests"][0]["cancelled_at"] = at("2024-10-31 08:01")
    with world.view() as view:
        assert view.content_hash() == before
    world.rows["labs"][0]["value"] = 8.1
    with world.view() as view:
        assert view.content_hash() != before


def test_a_table_without_files_has_no_rows(world):
    with world.view() as view:
        assert view.stock().empty
        assert view.open_requests().empty
        assert view.need_features().empty
        assert view.training_points(8).empty
        assert view.request_history(1)["requested_units"].sum() == 0


def test_what_cannot_be_opened_is_said(world, tmp_path):
    world.add("labs", value=8.0, taken_at=at("2024-10-30"))
    broken = world.write()["labs"][0]
    broken.write_bytes(b"no parquet")
    for paths, cut, zone, kind, words in [
        ({"labs": [broken]}, CUT, "UTC", InputError, "files of 'labs' cannot be read"),
        ({"labs": [tmp_path / "none.parquet"]}, CUT, "UTC", InputError, "files of 'labs' cannot be read"),
        ({"laps": []}, CUT, "UTC", UsageError, "Unknown tables: laps"),
        ({}, CUT.tz_localize(None), "UTC", UsageError, "has no time zone"),
        ({}, CUT, "Mars/Olympus", UsageError, "Unknown time zone 'Mars/Olympus'"),
        ({}, CUT, "x'; --", UsageError, "Unknown time zone"),
    ]:
        with pytest.raises(kind, match=words), open_view(paths, cut, time_zone=zone):
            pass


def test_every_table_counts_for_freshness_and_hash(world):
    world.add("capacity", capacity_on="2024-11-01", available_minutes=60)
    with world.view() as view:
        assert set(view.freshness(list(CANONICAL), 1)["table_name"]) == set(CANONICAL)
