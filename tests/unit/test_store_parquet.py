"""Frames as files: same rows, same bytes; whole or not at all; read only when the hash fits."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hemoflow.domain.errors import InputError, StateError, UsageError
from hemoflow.schemas.supply import STOCK, SUPPLY_FORECAST
from hemoflow.store.files import relative, sha256_of_bytes, sha256_of_file, sweep, write_bytes
from hemoflow.store.parquet import read_frame, rewrite, write_frame
from tests.conftest_store import sample


def test_a_frame_comes_back_equal(tmp_path):
    frame = sample(STOCK)
    ref = write_frame(frame, STOCK, tmp_path / "deep" / "stock.parquet")
    pd.testing.assert_frame_equal(read_frame(tmp_path / "deep" / "stock.parquet", ref.sha256), frame)
    assert (ref.name, ref.rows) == ("stock", 7)
    assert ref.sha256 == sha256_of_file(tmp_path / "deep" / "stock.parquet")


def test_the_order_of_rows_and_columns_does_not_change_the_bytes(tmp_path):
    frame = sample(STOCK, rows=50)
    shuffled = frame.sample(frac=1, random_state=3)[list(reversed(frame.columns))]
    first = write_frame(frame, STOCK, tmp_path / "a.parquet")
    assert write_frame(shuffled, STOCK, tmp_path / "b.parquet").sha256 == first.sha256


def test_a_file_is_never_half_written(tmp_path):
    write_bytes(b"old", tmp_path / "brief.html")
    with pytest.raises(TypeError):
        write_bytes("not bytes", tmp_path / "brief.html")
    assert [path.name for path in tmp_path.iterdir()] == ["brief.html"]
    assert (tmp_path / "brief.html").read_bytes() == b"old"


def test_changed_bytes_are_refused(tmp_path):
    path = tmp_path / "supply_forecast.parquet"
    ref = write_frame(sample(SUPPLY_FORECAST), SUPPLY_FORECAST, path)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(StateError, match=r"was changed.*Run the day again"):
        read_frame(path, ref.sha256)
    path.unlink()
    with pytest.raises(StateError, match="is gone"):
        read_frame(path, ref.sha256)


def test_a_key_that_repeats_is_refused_without_naming_it(tmp_path):
    frame = sample(STOCK)
    with pytest.raises(InputError, match=r"stock: 7 rows repeat the key \(unit_id\)") as caught:
        write_frame(pd.concat([frame, frame]), STOCK, tmp_path / "stock.parquet")
    assert not any(unit in str(caught.value) for unit in frame["unit_id"])
    assert list(tmp_path.iterdir()) == []


def test_sweeping_keeps_what_is_named(tmp_path):
    for name in ("keep.txt", "old.txt", ".old.txt.x1.tmp"):
        write_bytes(b"x", tmp_path / name)
    sweep(tmp_path, keep=["keep.txt"])
    assert [path.name for path in tmp_path.iterdir()] == ["keep.txt"]


def test_a_missing_file_has_no_hash(tmp_path):
    assert sha256_of_file(tmp_path / "none") is None
    assert sha256_of_bytes(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_paths_outside_the_home_folder_are_refused(tmp_path):
    assert relative(tmp_path / "models" / "need-1", tmp_path) == "models/need-1"
    with pytest.raises(UsageError, match="is not under"):
        relative(tmp_path.parent, tmp_path)


def test_a_file_is_rewritten_a_group_of_rows_at_a_time(tmp_path):
    old, new, seen = tmp_path / "old.parquet", tmp_path / "new.parquet", []
    pq.write_table(pa.table({"n": range(10)}), old, row_group_size=4)

    def without_five(rows):
        seen.append(rows.num_rows)
        return rows.filter(pa.compute.not_equal(rows["n"], 5)) if 5 in rows["n"].to_pylist() else None

    assert rewrite(old, without_five, new) == (9, 1)
    assert seen == [4, 4, 2]
    assert pq.read_table(new)["n"].to_pylist() == [0, 1, 2, 3, 4, 6, 7, 8, 9]
    assert rewrite(old, lambda rows: None, tmp_path / "same.parquet") is None
    assert {path.name for path in tmp_path.iterdir()} == {"old.parquet", "new.parquet"}
