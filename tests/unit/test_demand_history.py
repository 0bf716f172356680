"""What people send as a daily series, and what is said of it."""

import numpy as np
import pandas as pd
import pytest

from hemoflow.domain.errors import InputError
from models.demand.history import Columns, fill, read_histories


def csv(days=100, start="2024-01-01", head="date,value", value=lambda n: n % 7):
    rows = [f"{day:%Y-%m-%d},{value(n)}" for n, day in enumerate(pd.date_range(start, periods=days))]
    return "\n".join([head, *rows]) + "\n"


def test_zero_is_a_count_and_an_absent_or_empty_day_is_unknown():
    text = "date,value\n2024-01-01,0\n2024-01-02,\n2024-01-04,NaN\n" + csv(30, "2024-01-05").split("\n", 1)[1]
    (history,) = read_histories(text)
    assert history.counts[0] == 0
    assert np.isnan(history.counts[[1, 2, 3]]).all()
    assert (
        "3 of 34 days have no count (2024-01-02, 2024-01-03, 2024-01-04); they are unknown, not zero"
        in history.notes[0]
    )
    (zero,) = read_histories(text, missing_is_zero=True)
    assert zero.counts[[1, 2, 3]].tolist() == [0, 0, 0]


def test_unknown_days_are_filled_from_the_past_only():
    values = np.arange(30.0)
    values[[20, 25]] = np.nan
    filled = fill(values)
    assert filled[20] == np.mean([13, 6])
    assert filled[25] == np.mean([18, 11, 4])
    later = values.copy()
    later[26:] = 999
    assert (fill(later)[:26] == filled[:26]).all()


def test_long_form_columns_of_other_names_and_order():
    text = (
        csv(30, value=lambda n: f"{n},b", head="day,count,group") + csv(30, value=lambda n: f"{n},a").split("\n", 1)[1]
    )
    histories = read_histories(text, columns=Columns("day", "count", "group"))
    assert [history.name for history in histories] == ["a", "b"]
    turned = "\n".join(["date;value", *reversed(csv(30).replace(",", ";").strip().split("\n")[1:])])
    (one,) = read_histories("\ufeff" + turned)
    assert one.counts.tolist() == [n % 7 for n in range(30)]
    assert one.notes == ("Rows were put in order of day.",)


def test_days_with_covariates_only_are_the_future():
    text = csv(30, value=lambda n: f"{n},1", head="date,value,bus") + "2024-01-31,,5\n2024-02-01,,6\n"
    (history,) = read_histories(text)
    assert history.known_days == 30
    assert history.covariates["bus"].tolist()[-2:] == [5, 6]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not a table"),
        ("date,value\n", "no rows"),
        ("day,value\n2024-01-01,1\n", "columns \\['day', 'value'\\]"),
        ("date,value\n2024-01-01,1,2\n", "as many names as cells"),
        ("date,value\n2024-01-01,1\n2024-01-01,1\n", "given twice.*line 3 '2024-01-01'"),
        ("date,value\n2024-01-01,-3\n", "negative counts: line 2 '-3'"),
        ("date,value\n2024-01-01,many\n", "not a finite number: line 2 'many'"),
        ("date,value\n2024-01-01,inf\n", "not a finite number: line 2 'inf'"),
        ("date,value\n01/02/2024,1\n2024-02-30,2\n", "2024-12-31: line 2 '01/02/2024', line 3 '2024-02-30'"),
        ("date,value\n13/02/2024,1\n02/13/2024,2\n", "2024-12-31: line 2 '13/02/2024', line 3 '02/13/2024'"),
        ("date,value\n2024-01-01,1\n2024-03-01,1\n", "59 of 61 days.*cannot be told"),
        ("date,value\n2024-01-01,\n", "not one day has a count"),
        ("date,value\n0001-01-01,1\n", "0001-01-01"),
        ("date,value\n1700-01-01,1\n2024-01-01,1\n", "more than a century"),
        ("date,value,series\n2024-01-01,1,\n", "rows without a name"),
        ("date,value,x\n2024-01-01,1,red\n2024-01-02,1,2\n", "covariate x not a finite number"),
        ("date,value\n\x00\n", "zero bytes"),
    ],
)
def test_a_faulty_file_is_refused_in_words(text, words):
    with pytest.raises(InputError, match=words):
        read_histories(text)


def test_all_faults_come_in_one_message():
    with pytest.raises(InputError, match=r"(?s)dates not of the form.*not a finite number.*negative"):
        read_histories("date,value\nx,1\n2024-01-01,y\n2024-01-02,-1\n")


@pytest.mark.parametrize("form", ["%Y/%m/%d", "%Y%m%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y-%m-%dT08:00:00Z"])
def test_days_are_read_as_people_write_them(form):
    rows = [f"{day.strftime(form)},{n}" for n, day in enumerate(pd.date_range("2024-01-01", periods=40))]
    (history,) = read_histories("\n".join(["Date,VALUE", *rows]))
    assert (history.days == pd.date_range("2024-01-01", periods=40)).all()
    assert history.counts.tolist() == list(range(40))
    assert len(history.notes) == form.endswith("%Y")


def test_covariates_that_are_words_become_flags_and_remarks_are_left_out():
    text = csv(30, value=lambda n: f"{n},{('Wet', 'dry', '')[n % 3]},{n} x", head="date,value,sky,remark")
    (history,) = read_histories(text)
    assert list(history.covariates) == ["sky=wet"]
    assert history.covariates["sky=wet"].iloc[:2].tolist() == [1, 0]
    assert np.isnan(history.covariates["sky=wet"].iloc[2])
    assert "flags sky=wet" in history.notes[0]
    assert "'remark' is text; it holds no classes and is left out" in history.notes[1]
