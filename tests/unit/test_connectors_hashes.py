"""Hashes of delivered files are remembered, and no change of a file goes unseen."""

import os

from hemoflow.connectors import hashes
from hemoflow.connectors.hashes import file_digest


def test_a_file_that_stayed_is_not_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr(hashes, "SETTLED_SECONDS", -1.0)
    path, remembered = tmp_path / "a.csv", {}
    path.write_text("1")
    before = file_digest(path, remembered)
    assert file_digest(path) == before
    (name,) = remembered
    remembered[name] = remembered[name].replace(before.hex(), "00" * 32)
    assert file_digest(path, remembered) == bytes(32)


def test_a_change_that_keeps_size_and_time_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(hashes, "SETTLED_SECONDS", -1.0)
    path, remembered = tmp_path / "a.csv", {}
    path.write_text("1")
    before, facts = file_digest(path, remembered), path.stat()
    while path.stat().st_ctime_ns == facts.st_ctime_ns:
        path.write_text("2")
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert file_digest(path, remembered) != before


def test_a_file_touched_just_now_is_not_remembered(tmp_path):
    path, remembered = tmp_path / "a.csv", {}
    path.write_text("1")
    file_digest(path, remembered)
    assert remembered == {}
