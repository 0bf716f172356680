"""What-if: how changes are written, what they do to stock and policy, and how the difference reads."""

import pandas as pd
import pytest

from hemoflow.domain.changes import Changes, read_changes
from hemoflow.domain.errors import PolicyError, UsageError
from hemoflow.domain.policy import load_policy
from hemoflow.reports.difference import COMPARED, COUNTED, PLACES, difference, in_lines, places_told, readable
from hemoflow.schemas.frames import conform
from hemoflow.schemas.results import RESULTS
from hemoflow.schemas.supply import STOCK
from tasks.hypothesis import changed_stock, units_of
from tests.conftest_store import sample

SUPPLY = load_policy("region_demo").supply
DAY = pd.Timestamp("2024-10-31")


def test_changes_are_read_in_any_order():
    words = ["stock.O-=-20", "supply.target_days_of_stock=8", "phase.A+=red", "capacity.nurse_minutes=-50%"]
    expected = Changes(
        policy=(("supply.target_days_of_stock", "8"),), stock=(("O-", -20),), phase=(("A+", "red"),),
        capacity=(("nurse_minutes", "*", 0.5),),
    )  # fmt: skip
    assert read_changes(words) == read_changes(words[::-1]) == expected
    assert read_changes(["capacity.chair_minutes=480"]).capacity == (("chair_minutes", "=", 480.0),)
    assert len(read_changes(["phase=amber"]).phase) == 8
    assert not read_changes(words[1:2]).has_data


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("stock.O-", "changes nothing"),
        ("stock.X=1", "no blood group"),
        ("stock.O-=many", "not a number"),
        ("phase.O-=blue", "no phase"),
        ("capacity.beds=5", "not a capacity"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(words, said):
    with pytest.raises(UsageError, match=said):
        read_changes([words])


def test_a_profile_with_changed_values_is_another_profile_of_the_same_name():
    plain, changed = (
        load_policy("region_demo"),
        load_policy("region_demo?supply.target_days_of_stock=8&supply.horizon_days=10"),
    )
    assert (changed.supply.target_days_of_stock, changed.supply.horizon_days) == (8.0, 10)
    assert changed.name == plain.name
    assert changed.version == plain.version + "+changed"
    assert changed.sha256 != plain.sha256
    with pytest.raises(PolicyError, match=r"unknown key supply\.nonsense"):
        load_policy("region_demo?supply.nonsense=1")
    with pytest.raises(PolicyError, match="is not int"):
        load_policy("region_demo?supply.horizon_days=soon")


@pytest.fixture
def units():
    """Three free units of O-, one reserved, one of A+."""
    frame = sample(STOCK, 5).head(5)
    frame["unit_id"] = [f"u{number}" for number in range(len(frame))]
    frame["component"], frame["state"] = "red_cells", ["available", "available", "available", "reserved", "available"]
    frame["blood_group"] = ["O-", "O-", "O-", "O-", "A+"]
    frame["outdate_on"] = [DAY + pd.Timedelta(days, "D") for days in (3, 9, 6, 30, 5)]
    return conform(frame, STOCK)


def test_units_are_taken_longest_lasting_first_and_never_those_reserved(units):
    left = changed_stock(units, "O-", -2, DAY, SUPPLY)
    assert list(left["unit_id"]) == ["u0", "u3", "u4"]
    assert list(changed_stock(units, "O-", -9, DAY, SUPPLY)["unit_id"]) == ["u3", "u4"]
    assert len(changed_stock(units, "O-", 0, DAY, SUPPLY)) == 5


def test_units_are_added_free_and_half_way_through_their_life(units):
    more = conform(changed_stock(units, "B-", 2, DAY, SUPPLY), STOCK)
    added = more[more["blood_group"] == "B-"]
    assert len(added) == 2
    assert set(added["state"]) == {"available"}
    assert ((added["outdate_on"] - added["collected_on"]).dt.days + 1 == SUPPLY.shelf_life_days).all()
    assert added["outdate_on"].gt(DAY).all()


def test_a_phase_is_the_stock_just_inside_it():
    assert [units_of(phase, 3.0, SUPPLY) for phase in ("red", "amber", "green")] == [5, 17, 18]
    assert units_of("red", 0.0, SUPPLY) == 0


def test_the_difference_names_what_changed_and_only_counts_patients():
    frames = {name: sample(RESULTS[name]) for name in [*COMPARED, *COUNTED]}
    assert in_lines(difference(frames, frames)) == ["Nothing changes."]
    after = {name: frame.copy() for name, frame in frames.items()}
    after["orders"].loc[0, "order_units"] += 7
    after["routes"] = after["routes"].iloc[1:]
    found = difference(frames, after)
    (order,) = found["orders"]
    assert (order["of"], order["what"], order["after"] - order["before"]) == (
        " ".join(frames["orders"].loc[0, ["component", "blood_group"]]), "order_units", 7,
    )  # fmt: skip
    assert len(found["routes"]) == 1
    said = str(found) + " ".join(in_lines(found))
    assert not any(patient in said for patient in frames["routes"]["patient_id"])


def test_places_of_few_patients_are_withheld_on_each_day_and_cannot_be_found_by_subtraction():
    days = [{"HOME": 3, "CLINIC": 40, "HOSPITAL": 20}, {"HOME": 9, "CLINIC": 41, "HOSPITAL": 20}]
    frames = {name: sample(RESULTS[name]) for name in [*COMPARED, *COUNTED]}
    told = [
        frames | {PLACES: places_told(pd.DataFrame({"route": list(day), "rows": list(day.values())}), 8)}
        for day in days
    ]
    lines = readable(difference(*told)[PLACES], {}, withheld="withheld")
    assert [line[:1] + line[2:] for line in lines] == [
        ("CLINIC", "40", "41", "+1"), ("HOME", "withheld", "9", ""), ("HOSPITAL", "withheld", "20", ""),
    ]  # fmt: skip
