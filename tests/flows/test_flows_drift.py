"""Drift, and a stock that changes its phase, become Prefect events that the list of automations listens to."""

import subprocess
import sys
import time

import httpx
import yaml

from flows.deploying import LIST

from .conftest import SERVER, environment

RUN = """
from datetime import date
import pandas as pd
from prefect import flow
from tasks.notices import tell_drift, tell_phases

def stock(**phases):
    return pd.DataFrame([{"component": "red_cells", "blood_group": g, "phase": p} for g, p in phases.items()])

@flow
def day(is_drifting: bool) -> None:
    row = {"programme": "chronic", "feature": "mcv_fl", "patients": 200, "psi": 0.9, "psi_limit": 0.25}
    tell_drift("need-2024-10-24-abc", pd.DataFrame([row | {"is_drifting": is_drifting}]))
    tell_phases(date(2024, 10, 24), stock(O="green", A="red"), stock(O="amber" if is_drifting else "green", A="red"))

day(False)
day(True)
"""


def told(name, about):
    """The events of a name about something, once there are any; other runs on the server tell of other things."""
    asked = {"filter": {"event": {"name": [name]}, "resource": {"id": about}}}
    limit, found = time.monotonic() + 120, []
    while not found and time.monotonic() < limit:
        found = httpx.post(f"{SERVER['url']}/events/filter", json=asked, timeout=20).json()["events"]
        time.sleep(0.5)
    return found


def test_a_run_that_sees_drift_and_a_new_phase_emits_one_event_of_each(tmp_path, prefect_server):
    done = subprocess.run(
        [sys.executable, "-c", RUN], env=environment(tmp_path), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    (phase,) = told("hemoflow.phase", ["hemoflow.stock.red_cells.O", "hemoflow.stock.red_cells.A"])
    assert phase["resource"]["prefect.resource.id"] == "hemoflow.stock.red_cells.O"
    assert phase["resource"]["prefect.resource.name"] == "O is amber on 2024-10-24, it was green."
    (event,) = told("hemoflow.drift", ["hemoflow.model.need-2024-10-24-abc"])
    name = event["resource"]["prefect.resource.name"]
    assert "1 of 1 columns" in name
    assert "mcv_fl of chronic 0.90" in name
    automations = yaml.safe_load(LIST.read_text(encoding="utf-8"))["automations"]
    (listening,) = [each for each in automations if event["event"] in each["trigger"]["expect"]]
    assert [action["deployment"] for action in listening["actions"]] == ["train/train", "notice/notice"]
