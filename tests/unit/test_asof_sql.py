"""The SQL keeps to what DuckDB and Spark read alike, and says what it answers."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hemoflow.asof.duck import open_duck
from hemoflow.asof.visible import BLOCKS, SQL, question_text

FILES = sorted(SQL.rglob("*.sql"))
NAMES = [path.relative_to(SQL).as_posix() for path in FILES]
ONLY_DUCKDB = re.compile(
    r"""::|\bqualify\b|\bfilter\s*\(|\bexclude\b|\bepoch\w*\(|\bdate_?diff\b|\basof\b|\blist_?\w*\(|\bstruct_pack\b
    |\bstrftime\b|\bgroup\s+by\s+all\b|\bunnest\b|\b\d+\.\d+\b(?!e)|"|\$|\bmedian\(|\bunix_timestamp\b""",
    re.IGNORECASE | re.VERBOSE,
)


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_shared_subset(path):
    text = question_text(path.relative_to(SQL).with_suffix("").as_posix())
    assert ONLY_DUCKDB.findall(text) == []


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_header_says_what_a_row_is_and_what_goes_in(path):
    header = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("--")]
    assert re.match(r"-- (A row|One row): ", header[0])
    assert header[1].startswith("-- Inputs: ")


def test_every_block_has_its_file():
    assert sorted(path.stem for path in (SQL / "blocks").glob("*.sql")) == sorted(BLOCKS)


def test_the_engine_writes_nothing_into_standard_output():
    with open_duck(datetime(2024, 10, 31, tzinfo=UTC), ZoneInfo("UTC"), 1) as engine:
        assert engine.connection.execute("SELECT current_setting('enable_progress_bar')").fetchone() == (False,)
