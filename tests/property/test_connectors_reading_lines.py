"""Whatever the file holds, every line becomes a row, a fault or nothing at all; a cut file gives a true beginning."""

import csv
import gzip
import io
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from hemoflow.connectors.reading import read_rows

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=12)
UNSEEN = str.maketrans("", "", "\u200b\u200c\u200d\u2060\ufeff")
TABLES = st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=12)


def shown(table, place):
    """A column without letters that nobody sees and without spaces around its fields."""
    return [row[place].translate(UNSEEN).strip(" \t\xa0") for row in table]


def written(table: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["a", "b", "c"], *table])
    return text.getvalue()


def read(data: bytes, name: str):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(data)
        return read_rows(Path(folder), "t", ["c", "a"])


@settings(deadline=None, max_examples=60)
@given(TABLES)
def test_what_was_written_is_read(table):
    raw = read(written(table).encode(), "t.csv")
    assert raw.broken == ()
    assert raw.frame["a"].fillna("").tolist() == shown(table, 0)
    assert raw.frame["c"].fillna("").tolist() == shown(table, 2)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(st.sampled_from('ab,"'), max_size=8), max_size=15))
def test_every_line_is_accounted_for(lines):
    raw = read(("a,b,c\n" + "".join(f"{line}\n" for line in lines)).encode(), "t.csv")
    numbers = sorted([*raw.frame.index, *(line.line for line in raw.broken)])
    assert numbers == [number for number, line in enumerate(lines, start=2) if line not in ("", '""')]


@settings(deadline=None, max_examples=60)
@given(TABLES, st.integers(0, 10_000))
def test_a_cut_file_gives_a_true_beginning(table, cut):
    packed = gzip.compress(written(table).encode(), mtime=0)
    cut %= len(packed)
    raw = read(packed[:cut], "t.csv.gz")
    if not raw.header:
        assert raw.frame.empty
        assert [line.line for line in raw.broken] == [1]
        return
    assert raw.frame["a"].fillna("").tolist() == shown(table, 0)[: len(raw.frame)]
    assert [line.line for line in raw.broken] == [len(raw.frame) + 2]
