"""Whatever the file holds, every line becomes a row, a fault or nothing at all; a cut file gives a true beginning."""

import csv
import gzip
import io
import tempfile
from itertools import accumulate
from pathlib import Path
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from hemoflow.connectors import streams
from hemoflow.connectors.quoting import Quoting
from hemoflow.connectors.reading import read_rows

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=12)
UNSEEN = str.maketrans("", "", "\u200b\u200c\u200d\u2060\ufeff")
LONG_CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\0,"), max_size=12)
"""May hold line breaks. Without commas none of their lines looks like a row by itself."""
TABLES = st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=12)
LONG_TABLES = st.lists(st.lists(LONG_CELLS, min_size=3, max_size=3), max_size=12)


def shown(table, place):
    """A column without letters that nobody sees and without spaces around its fields."""
    return [row[place].translate(UNSEEN).strip(" \t\xa0\n") for row in table]


def written(table: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["a", "b", "c"], *table])
    return text.getvalue()


def read(data: bytes, name: str):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(data)
        return read_rows(Path(folder), "t", ["c", "a"])


@settings(deadline=None, max_examples=60)
@given(TABLES | LONG_TABLES, st.sampled_from(["\n", "\r\n"]), st.integers(1, 40))
def test_what_was_written_is_read_wherever_blocks_end(table, ending, block):
    with patch.object(streams, "BLOCK_BYTES", block):
        raw = read(written(table).replace("\n", ending).encode(), "t.csv")
    assert raw.broken == ()
    assert raw.frame["a"].fillna("").tolist() == shown(table, 0)
    assert raw.frame["c"].fillna("").tolist() == shown(table, 2)


@settings(deadline=None, max_examples=60)
@given(TABLES, st.integers(0, 12), st.sampled_from(['"x,y,z', 'x,"y,z', 'x,y,"z', 'x,y,z"', '"x","y,z"', '"']))
def test_a_forgotten_quotation_mark_costs_only_its_own_line(table, place, line):
    lines = written(table).split("\n")[:-1]
    number = 2 + place % len(lines)
    lines.insert(number - 1, line)
    raw = read(("\n".join(lines) + "\n").encode(), "t.csv")
    others = raw.frame.drop(index=number, errors="ignore")
    assert others["a"].fillna("").tolist() == shown(table, 0)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(st.sampled_from('ab,"'), max_size=8), max_size=15))
def test_every_line_is_accounted_for(lines):
    raw = read(("a,b,c\n" + "".join(f"{line}\n" for line in lines)).encode(), "t.csv")
    taken = {place + 2: number for place, number, _ in Quoting(3).rows(lines, is_end=True)}
    assert [*accumulate(taken.values(), initial=2)] == [*taken, len(lines) + 2]
    numbers = sorted([*raw.frame.index, *(line.line for line in raw.broken)])
    assert numbers == [number for number in taken if lines[number - 2] not in ("", '""')]


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
