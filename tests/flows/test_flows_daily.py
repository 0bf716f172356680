"""The daily run end to end, as processes, on the demonstration region."""

import hashlib
import json
import shutil
import signal
import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from optimization.plan import Plan
from optimization.problem import Instance
from optimization.verifier import verify_optimal

from .conftest import SERVER, environment, policy_file, run_cli
from .warm import run_commands

BEFORE, DAY = "2024-10-30", "2024-10-31"


def fingerprints(home, day=DAY):
    """Every result file of a day with its hash."""
    folder = Path(home) / "runs" / day
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def run_ids(home):
    return sorted(path.name for path in (Path(home) / "runs").glob("*/*"))


@pytest.fixture(scope="module")
def published(trained_home, tmp_path_factory):
    """The day, run once undisturbed; also what the command said."""
    home = Path(shutil.copytree(trained_home, tmp_path_factory.mktemp("published") / "home"))
    said = run_cli(home, "daily", "--as-of", DAY).stdout
    return home, said


def test_the_day_ends_with_papers_and_plans_that_the_judge_accepts(published):
    home, said = published
    run = home / "runs" / DAY / run_ids(home)[0]
    assert "DRAFT" in said
    assert (run / "publication" / "brief.html").is_file()
    plans = sorted((run / "assignment").glob("plan-*.json"))
    assert len(plans) == 8
    for plan in plans:
        instance = plan.with_name(plan.name.replace("plan-", "instance-"))
        texts = (path.read_text(encoding="utf-8") for path in (instance, plan))
        assert verify_optimal(Instance.from_json(next(texts)), Plan.from_json(next(texts))) == []
    assert "optimal" in run_cli(home, "verify", str(instance), str(plan), "--optimal").stdout


def test_a_spoiled_plan_is_refused_with_its_own_exit_code(published, tmp_path):
    home, _ = published
    run = home / "runs" / DAY / run_ids(home)[0] / "assignment"
    plan = json.loads((run / "plan-o-pos.json").read_text())
    plan["c"][0] += 1
    (tmp_path / "spoiled.json").write_text(json.dumps(plan))
    done = run_cli(home, "verify", str(run / "instance-o-pos.json"), str(tmp_path / "spoiled.json"), check=False)
    assert done.returncode == 7
    assert "Refused" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_same_day_again_changes_nothing(published):
    home, _ = published
    before, ids = fingerprints(home), run_ids(home)
    run_cli(home, "daily", "--as-of", DAY)
    assert (fingerprints(home), run_ids(home)) == (before, ids)


def test_a_run_killed_again_and_again_ends_in_the_same_bytes(home, published):
    undisturbed, _ = published
    for stage in ("features", "assignment", "publication"):
        done = run_cli(home, "daily", "--as-of", DAY, check=False, killed_at=stage)
        assert done.returncode == -signal.SIGKILL
        assert not list((home / "runs" / DAY).glob("*/publication/manifest.json"))
    run_cli(home, "daily", "--as-of", DAY)
    assert fingerprints(home) == fingerprints(undisturbed)


@pytest.fixture(scope="module")
def backfilled(trained_home, tmp_path_factory):
    """Two days, carried out side by side by a backfill; also what it said."""
    home = Path(shutil.copytree(trained_home, tmp_path_factory.mktemp("backfilled") / "home"))
    return home, run_cli(home, "backfill", "--from", BEFORE, "--to", DAY, "--side-by-side", "2").stdout


def test_a_backfilled_day_equals_the_daily_run_of_that_day(published, backfilled):
    home, said = backfilled
    assert said.count("published") == 2
    assert fingerprints(home) == fingerprints(published[0])


def test_a_day_of_two_policies_side_by_side_equals_that_day_of_each_alone(home, published, tmp_path):
    other = policy_file(tmp_path, "region_other", {"supply.target_days_of_stock": 9})
    alone = Path(shutil.copytree(published[0], tmp_path / "alone"))
    run_cli(alone, "daily", "--as-of", DAY, "--policy", other)
    both = ["backfill", "--from", DAY, "--to", DAY, "--policy", "region_demo", "--policy", other]
    said = run_cli(home, *both, "--side-by-side", "2").stdout
    assert [line.split()[1::2] for line in said.splitlines()] == [["published", "region_demo"], ["published", other]]
    assert fingerprints(home) == fingerprints(alone)
    assert run_cli(home, *both, "--policy", str(tmp_path / "region_other.toml"), check=False).returncode == 2


def test_a_visit_deferred_before_the_cut_is_carried_into_the_next_day_and_a_backfill_gives_the_same(
    backfilled, tmp_path
):
    home = Path(shutil.copytree(backfilled[0], tmp_path / "home"))
    (before,) = (home / "runs" / BEFORE).iterdir()
    slots = pd.read_parquet(before / "routing" / "slots.parquet").query("visit_number == 1 and place == 'CLINIC'")
    patient, unknown = slots[slots["slot_on"].notna()]["patient_id"].iloc[:2]
    words = ("defer", "--until", "2024-11-04", "--for", "patient asked", "--clinician", "Dr B", "--by", "Nurse A")
    run_cli(home, "decide", BEFORE, patient, *words, "--reason", "travels", "--at", "2024-10-30T14:00")
    run_cli(home, "decide", BEFORE, unknown, *words, "--reason", "told long after the cut")
    again = Path(shutil.copytree(home, tmp_path / "again"))
    run_cli(home, "daily", "--as-of", DAY)
    run_cli(again, "backfill", "--from", DAY, "--to", DAY, "--all")
    assert fingerprints(home) == fingerprints(again)
    (run,) = (
        path for path in (home / "runs" / DAY).iterdir() if not (backfilled[0] / "runs" / DAY / path.name).is_dir()
    )
    slots, deferrals = (pd.read_parquet(run / name) for name in ("routing/slots.parquet", "features/deferrals.parquet"))
    assert str(slots.set_index("patient_id").loc[[patient], "slot_on"].iloc[0])[:10] == "2024-11-04"
    assert deferrals["patient_id"].tolist() == [patient]
    said = pd.read_parquet(run / "publication" / "worklist.parquet").set_index("patient_id")["reason"]
    assert said[patient].startswith("Deferred from Wed 30 Oct: patient asked")


def test_runs_of_the_same_day_and_of_two_days_at_once_leave_each_day_whole(home, published, backfilled):
    past = ["backfill", "--from", BEFORE, "--to", DAY]
    ours = environment(home)
    done = run_commands((["daily", "--as-of", DAY], ours), (["daily", "--as-of", DAY], ours), (past, ours))
    assert [each.returncode for each in done] == [0, 0, 0], [each.stderr for each in done]
    assert fingerprints(home) == fingerprints(published[0])
    assert fingerprints(home, BEFORE) == fingerprints(backfilled[0], BEFORE)
    assert len(run_ids(home)) == 2
    assert run_cli(home, "runs").stdout.count("DRAFT") == 2
    assert run_cli(home, *past).stdout.count("skipped") == 2


def test_an_approved_plan_is_never_overwritten(published, tmp_path):
    home = Path(shutil.copytree(published[0], tmp_path / "home"))
    run_cli(home, "approve", DAY, "--by", "A. Planner", "--reason", "checked")
    before, (approved,) = fingerprints(home), run_ids(home)
    run_cli(home, "daily", "--as-of", DAY)
    run_cli(home, "daily", "--as-of", DAY, "--seed", "2")
    after = fingerprints(home)
    assert {name: after[name] for name in before} == before
    assert len(run_ids(home)) == 2
    assert "APPROVED" in run_cli(home, "runs").stdout
    assert run_cli(home, "approve", approved, "--by", "B. Planner", check=False).returncode != 0


def test_no_patient_identifier_reaches_prefect_or_the_terminal(published):
    home, said = published
    stored = pd.concat(
        [pd.read_parquet(path, columns=["patient_id"]) for path in (home / "lake" / "patients").glob("*.parquet")]
    )["patient_id"]
    prefect = sqlite3.connect(Path(SERVER["home"]) / "prefect.db")
    tables = [name for (name,) in prefect.execute("select name from sqlite_master where type = 'table'")]
    dump = "\n".join(str(row) for name in tables for row in prefect.execute(f"select * from {name}"))
    assert "days of stock" in dump.lower(), "the artifacts of the run are there"
    assert [pseudonym for pseudonym in stored if pseudonym in dump or pseudonym in said] == []


def test_a_day_without_a_model_is_a_clear_sentence(home):
    done = run_cli(home, "daily", "--as-of", "2024-10-10", check=False)
    assert done.returncode == 5
    assert "hemoflow train" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_day_without_fresh_stock_is_status_only(home):
    said = run_cli(home, "daily", "--as-of", "2024-11-20").stdout
    assert "STATUS_ONLY" in said
    run = home / "runs" / "2024-11-20"
    assert not list(run.glob("*/assignment/*"))
    assert list(run.glob("*/publication/brief.html"))


def test_a_what_if_shows_the_difference_and_can_become_the_draft(published, tmp_path):
    home = Path(shutil.copytree(published[0], tmp_path / "home"))
    before = fingerprints(home)
    said = run_cli(home, "what-if", DAY, "--set", "supply.target_days_of_stock=12", "--set", "stock.O-=-500").stdout
    assert "O-" in said
    assert "red" in said
    trial = said.split("Trial ")[1].split(":")[0]
    assert {name: sha for name, sha in fingerprints(home).items() if name in before} == before
    assert "DRAFT" in run_cli(home, "show", DAY).stdout
    run_cli(home, "adopt", trial, "--by", "A. Planner", "--reason", "long weekend")
    runs = run_cli(home, "runs").stdout
    assert ("SUPERSEDED" in runs, "DRAFT" in runs, "TRIAL" in runs) == (True, True, False)
    row = ("orders", "component=red_cells", "blood_group=O-", "--to", "9", "--by", "A. Planner", "--reason", "marathon")
    run_cli(home, "override", DAY, *row)
    run_cli(home, "approve", DAY, "--by", "A. Planner")
    assert "4 entries; chain" in run_cli(home, "ledger").stdout
    assert "approved and stays" in run_cli(home, "override", DAY, *row, check=False).stderr
