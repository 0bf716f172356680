"""Ladders and programs in a policy: what makes no sense is refused with what would."""

import pytest

from hemoflow.domain.errors import PolicyError
from hemoflow.domain.policy import PROFILES, load_policy

TEXT = (PROFILES / "region_demo.toml").read_text(encoding="utf-8")


def with_value(folder, key, value):
    head, _, rest = TEXT.partition(f"[supply.{key}]\n")
    path = folder / "changed.toml"
    path.write_text(f"{head}[supply.{key}]\nvalue = {value}\n" + rest.partition("\n")[2], encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("program", '"magic"', "supply.program = 'magic' is not one of paper, network"),
        ("paper_ladder", '["external_units", "beauty"]', "unknown rung 'beauty'; known: external_units, supply_range"),
        ("paper_ladder", '["transfers"]', "unknown rung 'transfers'"),
        ("network_ladder", '["transfers", "beauty"]', "unknown rung 'beauty'; known: very_urgent_shortage"),
        ("network_ladder", '["transfers", "transfers"]', "names 'transfers' twice"),
        ("network_ladder", "[]", "supply.network_ladder is empty"),
        ("ladder_tolerances", '["outdates=two"]', "'outdates=two' is not rung=units"),
        ("ladder_tolerances", '["transfers=1"]', "names 'transfers', which is in no ladder"),
        ("order_lead_days", "14", "supply.order_lead_days = 14"),
        ("reserve_days", "-1", "supply.reserve_days = -1"),
    ],
)
def test_nonsense_is_refused_with_the_known_names(tmp_path, key, value, words):
    with pytest.raises(PolicyError) as caught:
        load_policy(with_value(tmp_path, key, value))
    assert words in str(caught.value)


def test_rungs_may_be_left_out_moved_and_given_up(tmp_path):
    assert (
        load_policy(with_value(tmp_path, "paper_ladder", '["outdates", "external_units"]')).supply.ladder[0]
        == "outdates"
    )
    supply = load_policy(with_value(tmp_path, "ladder_tolerances", '["outdates=2", "substitution=1"]')).supply
    assert (supply.is_network, supply.tolerances) == (False, {"outdates": 2})
