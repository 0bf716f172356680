"""One way to write a value."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest

from hemoflow.reports import words
from hemoflow.reports.header import freshness_words
from tests.browser.sample import make_freshness, make_header


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (words.number(1327), "1,327"),
        (words.number(-0.4, 1), "−0.4"),
        (words.number(-0.04, 1), "0.0"),
        (words.number(pd.NA), "–"),
        (words.signed(3), "+3"),
        (words.signed(-2), "−2"),
        (words.signed(0), "0"),
        (words.signed(None), "–"),
        (words.percent(0.125, 1), "12.5\N{NO-BREAK SPACE}%"),
        (words.percent(float("nan")), "–"),
        (words.amount(0.5, "share"), "50.0\N{NO-BREAK SPACE}%"),
        (words.amount(6.25, "days"), "6.2 days"),
        (words.amount(1.0, "units"), "1 unit"),
        (words.amount(2.0, "patients"), "2 patients"),
        (words.amount(None, "units"), "–"),
        (words.day(date(2024, 11, 1)), "Fri 1 Nov 2024"),
        (words.day(pd.NaT), "–"),
        (words.short_day(pd.Timestamp(2024, 11, 1)), "Fri 1 Nov"),
        (words.instant(datetime(2024, 10, 31, 8, tzinfo=UTC)), "31 Oct 2024 08:00 UTC"),
        (words.instant(pd.Timestamp("2024-10-31T09:30+02:00")), "31 Oct 2024 07:30 UTC"),
        (words.hours(71.4), "71\N{NO-BREAK SPACE}h"),
        (words.hours(96), "4\N{NO-BREAK SPACE}days"),
        (words.group("AB-"), "AB−"),
        (words.group(None), "unknown"),
        (words.withheld(None), "withheld"),
        (words.listed([]), ""),
        (words.listed(["a"]), "a"),
        (words.listed(["a", "b", "c"]), "a, b and c"),
        (words.counted(1, "unit"), "1 unit"),
        (words.prose("No O- unit; 3 - -2 = 5, see a-b"), "No O− unit; 3 − −2 = 5, see a-b"),
    ],
)
def test_values_read_the_same_everywhere(written, expected):
    assert written == expected


def test_freshness_names_the_newest_record_of_each_source_and_stale_critical_tables():
    nb = "\N{NO-BREAK SPACE}"
    newest = f"malaysia-donations 8{nb}h, mimic-iv 1{nb}h and synthetic 0{nb}h"
    found = make_freshness()
    assert freshness_words(found) == newest, "an old table that no plan needs is no news"
    stopped = found.assign(is_critical=found["is_critical"] | found["is_stale"])
    assert freshness_words(stopped) == f"{newest}; 1 critical table stale"
    assert freshness_words(make_freshness().head(0)) == ""


@pytest.mark.parametrize("status", ["DRAFT", "STATUS_ONLY", "APPROVED", "SUPERSEDED"])
def test_each_status_says_what_it_means(status):
    assert make_header(status=status).items()[0] == ("status", f"{status}: {make_header(status=status).verdict}")
