"""The same SQL on a real Spark: the same rows, types and values as DuckDB, to the last digit agreed."""

import subprocess
import sys
from datetime import date

import pandas as pd
import pytest

from hemoflow.asof.fingerprint import content_hash
from hemoflow.asof.visible import SQL, open_engine
from hemoflow.domain.errors import InputError
from hemoflow.schemas.frames import conform
from hemoflow.schemas.watching import MENTIONS

from .conftest import CUT, ZONE

SPAN = {"component": "red_cells", "first_on": date(2024, 10, 20), "last_on": date(2024, 10, 29)}
QUESTIONS = {
    "capacity": {},
    "crossings": {"default_threshold": 7.0},
    "donation_history": SPAN,
    "first_care": {},
    "freshness": {"stale_after_hours": 24},
    "issue_history": SPAN,
    "mentions": {"note_days": 30},
    "need_features": {},
    "need_labels": {"horizon_days": 8},
    "need_protocol": {"fresh_hours": 96},
    "notes": {"note_days": 30},
    "open_requests": {},
    "outpatient_profiles": {},
    "profile_episodes": {},
    "profile_labs": {},
    "profile_weeks": {},
    "request_history": SPAN,
    "request_sites": SPAN,
    "stock": {},
    "stock_count": {"component": "red_cells"},
    "under_care": {},
}
AGREED = 1e-9
"""Largest difference of a number: measurements and sums are rounded to six decimals."""


@pytest.fixture(scope="module")
def asked(world):
    """Inputs of the questions, the same in both engines: patients under care on three mornings."""
    cuts = pd.DataFrame({"cut_at": pd.Series(pd.to_datetime([f"2024-10-{day}T05:00Z" for day in (10, 26, 28)]))})
    world.duckdb.engine.put("cuts", cuts)
    points = world.duckdb.engine.ask("under_care")[["patient_id", "cut_at"]]
    wanted = pd.DataFrame({"table_name": pd.Series(["requests", "notes"], dtype="string")})
    source = world.duckdb.engine.query("SELECT max(source) AS source FROM patients")["source"].iloc[0]
    said = points.head(6).assign(
        source=source, concept=["melaena", "transfusion_refused", None, "active_bleeding", "melaena", None],
        assertion=["present", "uncertain", None, "negated", "present", None],
        written_at=points["cut_at"] - pd.Timedelta(hours=5), available_at=points["cut_at"] - pd.Timedelta(hours=4),
        note_id="n", start=0, evidence="words", asks_review=True,
    )  # fmt: skip
    mentions = conform(said, MENTIONS)
    for view in (world.duckdb, world.spark):
        for name, frame in {"cuts": cuts, "points": points, "wanted": wanted}.items():
            view.engine.put(name, frame)
        view.engine.derive(MENTIONS, lambda _: mentions, "first_care")
    return world


def test_every_question_is_asked():
    assert set(QUESTIONS) == {path.stem for path in SQL.glob("*.sql")}


@pytest.mark.parametrize("question", QUESTIONS)
def test_both_engines_give_the_same_answer(asked, question):
    one, other = (view.engine.ask(question, **QUESTIONS[question]) for view in (asked.duckdb, asked.spark))
    assert question != "need_features" or one["note_melaena_7d"].max() == 1, "what notes say was asked too"
    assert len(one) > 0 or question == "notes", "the drawn region writes no notes"
    one, other = (frame.sort_values(list(frame.columns), ignore_index=True) for frame in (one, other))
    pd.testing.assert_frame_equal(one, other, check_exact=False, rtol=0, atol=AGREED)


def test_whole_answers_agree(world):
    points = world.duckdb.training_points(7)
    pd.testing.assert_frame_equal(world.spark.training_points(7), points)
    for ask in (lambda view: view.stock_count_before(), lambda view: view.request_history(20)):
        pd.testing.assert_frame_equal(ask(world.spark), ask(world.duckdb))


def test_the_hash_tells_what_was_visible(world, lake):
    every, fewer = ({"labs": files} for files in (lake["labs"], lake["labs"][:1]))
    hashes = [content_hash(world.spark.engine, paths) for paths in (every, fewer, every)]
    assert hashes[0] == hashes[2] != hashes[1]


def test_a_file_that_is_gone_is_named(world, tmp_path):
    with (
        pytest.raises(InputError, match="labs"),
        open_engine({"labs": [tmp_path / "gone.parquet"]}, CUT, time_zone=ZONE, engine="spark"),
    ):
        pass


def test_the_site_s_own_configuration_counts(world):
    session = world.spark.engine.session
    assert session.conf.get("spark.sql.shuffle.partitions") == "1"
    assert session.conf.get("spark.sql.session.timeZone") == ZONE
    assert session.sparkContext.master == "local[1]"


STARTS = (
    "from hemoflow.asof.spark import running_spark\n"
    "from hemoflow.domain.errors import UsageError\n"
    "try:\n    running_spark()\nexcept UsageError as error:\n    print(error)\n"
)


@pytest.mark.parametrize(
    ("before", "reason"),
    [("", "Java 17 is missing"), ("import sys\nsys.modules['pyspark'] = None\n", "needs pyspark")],
)
def test_where_it_is_not_installed_the_sentence_says_what_to_do(tmp_path, before, reason):
    without = {"PATH": "/usr/bin:/bin", "JAVA_HOME": str(tmp_path)}
    command = [sys.executable, "-c", before + STARTS]
    said = subprocess.run(command, env=without, capture_output=True, text=True, check=True).stdout
    assert reason in said
    assert "HEMOFLOW_ENGINE=duckdb" in said
