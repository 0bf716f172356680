"""The daily run under other policies of supply: the network program, and a solve that runs out of time."""

from pathlib import Path

from optimization.documents import read_document

from .conftest import policy_file, run_cli

DAY = "2024-10-31"


def test_the_network_plans_the_day_and_a_solve_out_of_time_publishes_nothing_and_is_failed(home, tmp_path):
    network = policy_file(tmp_path, "region_network", {"supply.program": "network"})
    said = run_cli(home, "daily", "--as-of", DAY, "--policy", network)
    assert "DRAFT" in said.stdout
    (run,) = (Path(home) / "runs" / DAY).iterdir()
    files = {path.name for path in (run / "publication").iterdir()}
    assert {"brief.html", "allocations.html", "orders.csv", "plan.svg"} <= files
    assert 'href="plan.svg"' in (run / "publication" / "brief.html").read_text(encoding="utf-8")
    problem, plan = ((run / "assignment" / f"{kind}-region.json") for kind in ("instance", "plan"))
    document = read_document(problem.read_text(encoding="utf-8"), str(problem))
    assert document.faults(plan.read_text(encoding="utf-8"), str(plan), optimal=False) == []

    hasty = policy_file(tmp_path, "region_hasty", {"supply.solver_time_limit_s": 1e-7})
    failed = run_cli(home, "daily", "--as-of", DAY, "--policy", hasty, check=False)
    assert failed.returncode == 6
    assert "the rung " in failed.stderr
    assert "Tightest requests: " in failed.stderr
    listed = [line for line in run_cli(home, "runs").stdout.splitlines() if "region_hasty" in line]
    assert [line.split()[2] for line in listed] == ["FAILED"]
    assert not list((Path(home) / "runs" / DAY / listed[0].split()[0]).glob("publication/*"))
