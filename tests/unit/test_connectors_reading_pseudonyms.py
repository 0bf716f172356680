"""Pseudonyms are stable under a key, different across kinds and sources, and the key is kept safe."""

import re
import stat
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from hemoflow.connectors.pseudonyms import KEY_FILE, Pseudonymiser, key_from
from hemoflow.domain.errors import StateError, UsageError

KEY = b"a key for tests only"


def test_pseudonym_depends_on_key_kind_source_and_identifier_alone():
    name = Pseudonymiser(KEY).pseudonym("p", "mimic-iv", "10014354")
    assert name == "p_3e27f14cb397a92d"
    assert re.fullmatch(r"p_[0-9a-f]{16}", name)
    others = {
        Pseudonymiser(KEY[::-1]).pseudonym("p", "mimic-iv", "10014354"),
        Pseudonymiser(KEY).pseudonym("enc", "mimic-iv", "10014354"),
        Pseudonymiser(KEY).pseudonym("p", "clinic", "10014354"),
        Pseudonymiser(KEY).pseudonym("p", "mimic-iv", "10014355"),
    }
    assert len({text.split("_")[1] for text in others | {name}}) == 5


def test_parts_cannot_slide_into_one_another():
    pseudonymiser = Pseudonymiser(KEY)
    assert pseudonymiser.pseudonym("p", "ab", "c")[2:] != pseudonymiser.pseudonym("p", "a", "bc")[2:]


def test_series_equals_one_by_one_and_keeps_missing_and_index():
    raw = pd.Series(["7", None, "8", "7"], index=[5, 6, 7, 8], dtype="string[pyarrow]", name="subject_id")
    found = Pseudonymiser(KEY).series("p", "s", raw)
    one = Pseudonymiser(KEY).pseudonym
    assert found.dtype == "string"
    assert found.isna().tolist() == [False, True, False, False]
    assert found.dropna().to_dict() == {5: one("p", "s", "7"), 7: one("p", "s", "8"), 8: one("p", "s", "7")}


def test_series_without_rows():
    assert Pseudonymiser(KEY).series("p", "s", pd.Series([], dtype="string[pyarrow]")).empty


def test_a_short_key_is_refused():
    with pytest.raises(UsageError, match="15 bytes"):
        Pseudonymiser(b"x" * 15)


def test_key_from_settings_wins_and_makes_no_file(tmp_path):
    assert key_from("a long key from the environment", tmp_path) == b"a long key from the environment"
    assert list(tmp_path.iterdir()) == []


def test_key_is_made_once_and_only_its_owner_may_read_it(tmp_path):
    home = tmp_path / "new" / "home"
    key = key_from("", home)
    assert len(key) == 32
    assert key_from("", home) == key
    assert stat.S_IMODE((home / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == [KEY_FILE]


def test_processes_that_start_together_agree_on_the_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: key_from("", tmp_path), range(32)))) == 1


def test_a_torn_key_file_is_reported_and_kept(tmp_path):
    (tmp_path / KEY_FILE).write_bytes(b"half")
    with pytest.raises(StateError, match="4 bytes"):
        key_from("", tmp_path)
    assert (tmp_path / KEY_FILE).read_bytes() == b"half"


def test_key_id_tells_keys_apart_and_does_not_show_them():
    one, other = Pseudonymiser(KEY), Pseudonymiser(KEY + b"!")
    assert one.key_id == Pseudonymiser(KEY).key_id != other.key_id
    assert re.fullmatch("[0-9a-f]{12}", one.key_id)
