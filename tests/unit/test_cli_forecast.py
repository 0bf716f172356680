"""The command as people call it."""

import csv
import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from flows.cli import app
from hemoflow.domain.errors import InputError, UsageError


@pytest.fixture
def history(tmp_path):
    rng = np.random.default_rng(1)
    days = pd.date_range("2024-01-01", periods=140)
    path = tmp_path / "history.csv"
    pd.DataFrame({"date": days, "value": rng.poisson(5 + days.dayofweek)}).to_csv(path, index=False)
    return path


def call(*words):
    return CliRunner().invoke(app, ["forecast", *map(str, words)])


def test_forecast_and_evaluation_in_the_agreed_form(history, tmp_path):
    out, figures = tmp_path / "out.csv", tmp_path / "out.json"
    done = call(history, "--horizon", 3, "--quantiles", "0.05,0.5,0.95", "-o", out, "--evaluate", 30, "--json", figures)
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader(out.open()))
    assert list(rows[0]) == ["date", "forecast", "q0.05", "q0.5", "q0.95"]
    assert [row["date"] for row in rows] == ["2024-05-20", "2024-05-21", "2024-05-22"]
    found = json.loads(figures.read_text())
    assert found["selected"] in found["models"]
    assert {"yesterday", "seasonal_naive", "mean_28d", "weekday_mean_8w", "ridge_weekday_lags"} <= set(found["models"])
    for model in found["models"].values():
        assert set(model) == {"mae", "rmse", "mape", "mase", "pinball", "coverage"}
        assert set(model["pinball"]) == {"0.05", "0.5", "0.95"}
        assert set(model["coverage"]) == {"0.9"}
    truth = pd.read_csv(history)["value"].to_numpy()
    naive = found["models"]["seasonal_naive"]
    assert naive["mae"] == pytest.approx(np.abs(truth[-30:] - truth[-37:-7]).mean())
    assert naive["mase"] == pytest.approx(naive["mae"] / np.abs(truth[7:110] - truth[:103]).mean())
    assert "Chosen: " in done.output


def test_each_series_of_the_long_form_has_the_method_that_suits_it(tmp_path):
    rng, days = np.random.default_rng(2), pd.date_range("2024-01-01", periods=140)
    kinds = {
        "walk": np.round(np.abs(500 + rng.normal(0, 12, 140).cumsum())),
        "week": rng.poisson(10 + 20 * (days.dayofweek == 5)),
        "young": 7 + (days[-60:].dayofweek == 1),
    }
    rows = [pd.DataFrame({"series": name, "date": days[-len(v) :], "value": v}) for name, v in kinds.items()]
    pd.concat(rows).to_csv(tmp_path / "long.csv", index=False)
    out, figures = tmp_path / "out.csv", tmp_path / "out.json"
    done = call(tmp_path / "long.csv", "--horizon", 2, "-o", out, "--evaluate", 30, "--json", figures)
    assert done.exit_code == 0, done.output
    found = json.loads(figures.read_text())
    own = {name: one["models"][one["selected"]] for name, one in found["series"].items()}
    assert set(own) == set(kinds)
    assert len({one["selected"] for one in found["series"].values()}) > 1
    assert found["selected"] == "each_its_own"
    assert found["models"]["each_its_own"]["mae"] == pytest.approx(np.mean([one["mae"] for one in own.values()]))
    assert own["walk"]["mae"] < 0.7 * found["series"]["walk"]["models"]["mean_28d"]["mae"]
    assert "Each series has the method with the smallest mean error on its own days before" in done.output
    ahead = pd.read_csv(out).set_index("series")
    assert ahead.loc["young", "forecast"].tolist() == [7, 8]
    assert ahead.loc["walk", "forecast"].iloc[0] == pytest.approx(kinds["walk"][-1], abs=40)


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (["--quantiles", "0.5,2", "-o", "x"], UsageError, "between 0 and 1"),
        (["--quantiles", "a", "-o", "x"], UsageError, "between 0 and 1"),
        (["--horizon", 0, "-o", "x"], UsageError, "--horizon 0"),
        ([], UsageError, "othing is asked for"),
        (["--json", "x", "-o", "y"], UsageError, "--json holds an evaluation"),
        (["--evaluate", 130], InputError, "has 140 days, of which 130 are to be evaluated; at least 14 are"),
        (["--evaluate", 10, "--country", "QQ"], UsageError, "country 'QQ'"),
        (["--evaluate", 10, "--missing", "maybe"], UsageError, "--missing maybe"),
    ],
)
def test_wrong_words_are_named(history, words, error, message):
    found = call(history, *words).exception
    assert isinstance(found, error)
    assert message in str(found)


def test_files_that_are_no_text_or_not_there(tmp_path):
    (tmp_path / "latin.csv").write_bytes("date,value\n2024-01-01,caf\xe9\n".encode("latin-1"))
    assert "not UTF-8 at byte" in str(call(tmp_path / "latin.csv", "-o", "x").exception)
    (tmp_path / "bad.csv").write_text("date,value\n2024-01-01,many\n")
    said = str(call(tmp_path / "bad.csv", "-o", "x").exception)
    assert said.startswith(str(tmp_path / "bad.csv"))
    assert "column 'value' is not a finite number: line 2 'many'" in said
    assert "does not exist" in str(call(tmp_path / "none.csv", "-o", "x").exception)
    assert "cannot be read" in str(call(tmp_path, "-o", "x").exception)
