"""The daily run under other policies of supply: the network program, and a solve that runs out of time."""

import json
from pathlib import Path

from hemoflow.domain.policy import PROFILES
from optimization.documents import read_document

from .conftest import run_cli

DAY = "2024-10-31"


def profile(folder, name, **values):
    """The demonstration's policy under another name, with other values of its section on supply."""
    text = (
        (PROFILES / "region_demo.toml").read_text(encoding="utf-8").replace('name = "region_demo"', f'name = "{name}"')
    )
    for key, value in values.items():
        head, _, rest = text.partition(f"[supply.{key}]\n")
        _, _, others = rest.partition("\n")
        text = f"{head}[supply.{key}]\nvalue = {json.dumps(value)}\n{others}"
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_network_plans_the_day_and_a_solve_out_of_time_publishes_nothing_and_is_failed(home, tmp_path):
    said = run_cli(home, "daily", "--as-of", DAY, "--policy", profile(tmp_path, "region_network", program="network"))
    assert "DRAFT" in said.stdout
    (run,) = (Path(home) / "runs" / DAY).iterdir()
    files = {path.name for path in (run / "publication").iterdir()}
    assert {"brief.html", "allocations.html", "orders.csv", "plan.svg"} <= files
    assert 'href="plan.svg"' in (run / "publication" / "brief.html").read_text(encoding="utf-8")
    problem, plan = ((run / "assignment" / f"{kind}-region.json") for kind in ("instance", "plan"))
    document = read_document(problem.read_text(encoding="utf-8"), str(problem))
    assert document.faults(plan.read_text(encoding="utf-8"), str(plan), optimal=False) == []

    hasty = profile(tmp_path, "region_hasty", solver_time_limit_s=1e-7)
    failed = run_cli(home, "daily", "--as-of", DAY, "--policy", hasty, check=False)
    assert failed.returncode == 6
    assert "the rung " in failed.stderr
    assert "Tightest requests: " in failed.stderr
    listed = [line for line in run_cli(home, "runs").stdout.splitlines() if "region_hasty" in line]
    assert [line.split()[2] for line in listed] == ["FAILED"]
    assert not list((Path(home) / "runs" / DAY / listed[0].split()[0]).glob("publication/*"))
