"""A history and its later deliveries: the newest record counts, and what whole files added is found out once."""

import pytest

from hemoflow.asof import open_view

from .asof_world import CUT, World, at

HISTORY, DELIVERY = "test-000000000001.parquet", "test@20241030t060000z-000000000002.parquet"
AFTER = CUT + (CUT - at("2024-10-30"))


@pytest.fixture
def lake(tmp_path):
    """Results ``a`` and ``b`` of the history, both corrected by a delivery; the history's ``b`` came after it."""
    history, later = World(tmp_path / "history"), World(tmp_path / "later")
    for name, arrived in (("a", "2024-10-29"), ("b", "2024-10-30 12:00"), ("c", "2024-10-29")):
        taken = at("2024-10-29")
        history.add("labs", lab_id=name, value=7.0, taken_at=taken, available_at=at(arrived))
        if name != "c":
            later.add("labs", lab_id=name, value=9.0, taken_at=taken, available_at=at("2024-10-30 06:00"))
    return {"labs": [_named(history, HISTORY), _named(later, DELIVERY)]}


def _named(world, name):
    return world.write()["labs"][0].rename(world.folder / name)


def seen(paths, cut, remembered=None):
    with open_view(paths, cut, time_zone="UTC") as view:
        values = view.engine.query("SELECT lab_id, value FROM labs ORDER BY lab_id")
        return dict(values.to_numpy().tolist()), view.content_hash(remembered)


def test_what_arrived_last_counts_whether_delivery_or_history_brought_it(lake):
    assert seen(lake, at("2024-10-30 05:00"))[0] == {"a": 7.0, "c": 7.0}
    assert seen(lake, at("2024-10-30 07:00"))[0] == {"a": 9.0, "b": 9.0, "c": 7.0}
    assert seen(lake, CUT)[0] == {"a": 9.0, "b": 7.0, "c": 7.0}


def test_what_whole_files_added_is_remembered_and_changes_no_hash(lake):
    remembered = {}
    plain = {cut: seen(lake, cut)[1] for cut in (at("2024-10-30 05:00"), at("2024-10-30 07:00"), CUT, AFTER)}
    for _ in range(2):
        assert {cut: seen(lake, cut, remembered)[1] for cut in plain} == plain
    assert len(set(plain.values())) == 3, "nothing came between the last two"
    assert len(remembered) == 2
    name = f"duckdb/labs/{HISTORY}"
    remembered[name] += "0"
    assert seen(lake, CUT, remembered)[1] != plain[CUT], "a whole file is not read again"
