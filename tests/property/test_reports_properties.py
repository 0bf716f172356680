"""Suppression cannot be undone by subtraction; CSV text comes back as it was."""

import io

import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hemoflow.domain.disclosure import suppress, suppressed_total
from hemoflow.reports.exports import FORMULA_STARTS, csv_bytes
from hemoflow.schemas.columns import count, text
from hemoflow.schemas.table import Layout
from tests.browser.sample import make_header

COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 40), min_size=1)
LAYOUT = Layout("notes", "A note.", {"number": count("Number."), "words": text("Words.")}, ("number",))


@settings(deadline=None)
@given(COUNTS, st.integers(2, 12))
def test_hidden_counts_cannot_be_found_by_subtraction(counts, smallest):
    shown = suppress(counts, smallest)
    hidden = [counts[name] for name, n in shown.items() if n is None]
    total = suppressed_total(counts, smallest)
    assert all(n is None or n == counts[name] for name, n in shown.items())
    assert all(n is None or n == 0 or n >= smallest for n in shown.values())
    assert not hidden or total is None or sum(hidden) >= smallest
    assert not hidden or total is None or len(hidden) > 1


@settings(deadline=None)
@given(COUNTS, st.integers(2, 12))
def test_nothing_is_hidden_without_cause(counts, smallest):
    assume(all(n == 0 or n >= smallest for n in counts.values()))
    assert suppress(counts, smallest) == counts


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), min_size=1), min_size=1, max_size=8))
def test_text_survives_the_csv(texts):
    frame = pd.DataFrame({"number": range(len(texts)), "words": texts})
    data = csv_bytes(frame, make_header(), LAYOUT)
    read = pd.read_csv(
        io.BytesIO(data), comment="#", keep_default_na=False, dtype={"words": str}, skip_blank_lines=False
    )
    assert [word.removeprefix("'") for word in read["words"]] == [word.removeprefix("'") for word in texts]
    assert not any(word.lstrip().startswith(FORMULA_STARTS) for word in read["words"])
