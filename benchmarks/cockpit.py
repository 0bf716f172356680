"""How long each page of the cockpit takes the server, at the demo's size and with a million patients under care.

The home of a demo is copied; its newest run's tables of patients are multiplied to ``--patients`` rows, those of
requests, lines and units to ``--units``. Per page: wall and processor time of the first call, when no answer is known
yet; median and 95th percentile of wall time of the others, their processor time, and the limit for all. ``--home``
takes a demo that is there; without it one is made (a minute and a half). ``--repeats`` of each page.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
from fastapi.testclient import TestClient

from hemoflow.cockpit.access import hash_password
from hemoflow.cockpit.app import create_app
from hemoflow.cockpit.deeds import NO_DEEDS
from hemoflow.cockpit.site import PAGES
from hemoflow.schemas.results import RESULTS
from hemoflow.settings import Settings
from hemoflow.store import Role, RunStatus, Store, open_store
from hemoflow.store.parquet import ROW_GROUP_ROWS

PASSWORD = "only for this benchmark"
OF_PATIENTS, OF_UNITS = ("worklist", "routes", "slots"), ("open_requests", "allocations", "stock")
IDENTIFIERS = {"patient_id", "request_id", "unit_id", "reserved_request_id", "alternative_1", "alternative_2"}
SCATTERED = {"request_24h_probability": 1.0, "priority_score": 100.0}
"""Columns that pages sort by, and their largest value: copies of a row differ in them."""
LIMITS = {"demo": 0.2, "million": 1.0}
MORE = (
    ("/worklist, last page", Role.CLINIC, "/worklist?page=99999999"),
    ("/worklist, one site", Role.CLINIC, "/worklist?site_id=CLINIC-1"),
    ("/worklist, one patient", Role.CLINIC, "/worklist?patient_id=p_b0"),
    ("/routing, last page", Role.CLINIC, "/routing?page=99999999"),
    ("/deferrals, may wait", Role.PLANNER, "/deferrals?wait=yes"),
)


def run() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path)
    parser.add_argument("--patients", type=int, default=1_000_000)
    parser.add_argument("--units", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=9)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "home"
        _copy_of(asked.home or _demo(Path(name)), home)
        for size in LIMITS:
            with _served(home) as (client_of, store):
                if size == "million":
                    _multiply(store, asked.patients, asked.units)
                print(f"{size}: {_sizes(store)}")
                _measure(client_of, size, asked.repeats)


def _measure(client_of: Callable[[Role], TestClient], size: str, repeats: int) -> None:
    print(f"{'page':<26} {'first':>8} {'its cpu':>8} {'median':>8} {'p95':>8} {'cpu':>8} {'limit':>7}")
    places = [(page.path, next(role for role in Role if role in page.roles), page.path) for page in PAGES]
    for words, role, path in (*places, *MORE):
        (first, first_cpu), *others = [_timed(client_of(role), path) for _ in range(1 + repeats)]
        walls, cpus = zip(*others, strict=True)
        late = " LATE" if max(first, np.quantile(walls, 0.95)) > LIMITS[size] else ""
        print(
            f"{words:<26} {first:8.3f} {first_cpu:8.3f} {np.median(walls):8.3f} {np.quantile(walls, 0.95):8.3f} "
            f"{np.median(cpus):8.3f} {LIMITS[size]:7.1f}{late}"
        )
    _measure_export(client_of(Role.CLINIC))


def _measure_export(client: TestClient) -> None:
    start, cpu, first, size = time.perf_counter(), time.process_time(), 0.0, 0
    with client.stream("GET", "/export/worklist.csv") as answer:
        for part in answer.iter_bytes():
            first = first or time.perf_counter() - start
            size += len(part)
    took, used = time.perf_counter() - start, time.process_time() - cpu
    print(
        f"/export/worklist.csv       {size / 1e6:.1f} MB in {took:.1f} s ({used:.1f} s processor), first {first:.2f} s"
    )


def _timed(client: TestClient, path: str) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    answer = client.get(path)
    took = time.perf_counter() - wall, time.process_time() - cpu
    if answer.status_code != 200:
        sys.exit(f"{path} answered {answer.status_code}: {answer.text[-400:]}")
    return took


@contextmanager
def _served(home: Path) -> Iterator[tuple[Callable[[Role], TestClient], Store]]:
    settings = Settings(home=home, database_url="")
    with open_store(settings.store_url, home) as store:
        store.init()
        application = create_app(settings, store, NO_DEEDS)
        with TestClient(application):  # as a server does, it prepares before anybody comes
            clients = {role: _client(application, store, role) for role in Role}
            for client in clients.values():
                client.get(f"/today?run={_newest_plan(store)}")  # from here on this run is on the table
            yield clients.__getitem__, store


def _client(application: object, store: Store, role: Role) -> TestClient:
    store.save_user(f"{role} of the benchmark", role, hash_password(PASSWORD), by="the benchmark")
    client = TestClient(application)  # type: ignore[arg-type]
    found = re.search(r'name="token" value="([^"]+)"', client.get("/sign-in").text)
    token = found.group(1) if found else ""
    client.post("/sign-in", data={"name": f"{role} of the benchmark", "password": PASSWORD, "token": token})
    return client


def _multiply(store: Store, patients: int, units: int) -> None:
    """Put larger files in the place of the newest run's; ids are made new, sort columns scattered."""
    for ref in [
        ref for stage in store.stages(_newest_plan(store)) for ref in stage.frames if ref.name in OF_PATIENTS + OF_UNITS
    ]:
        layout, wanted = RESULTS[ref.name], patients if ref.name in OF_PATIENTS else units
        changed = [f"{name} || '_' || k AS {name}" for name in layout.columns if name in IDENTIFIERS]
        changed += [f"least({most}, {name} * (0.6 + 0.5 * random())) AS {name}" for name, most in SCATTERED.items()
                    if name in layout.columns]  # fmt: skip
        larger = f"{ref.path}.larger"
        with duckdb.connect(":memory:", config={"threads": "2", "temp_directory": str(Path(ref.path).parent)}) as con:
            con.execute(
                f"COPY (SELECT * EXCLUDE (k) REPLACE ({', '.join(changed)}) FROM read_parquet('{ref.path}'), "
                f"range({-(-wanted // max(ref.rows, 1))}) AS copies(k) ORDER BY {', '.join(layout.key)}) "
                f"TO '{larger}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP_ROWS})"
            )
        Path(larger).replace(ref.path)


def _newest_plan(store: Store) -> str:
    return next(run.run_id for run in store.runs() if run.status in {RunStatus.DRAFT, RunStatus.APPROVED})


def _sizes(store: Store) -> str:
    paths = {ref.name: ref.path for stage in store.stages(_newest_plan(store)) for ref in stage.frames}
    with duckdb.connect(":memory:") as con:
        rows = {name: con.read_parquet(paths[name]).count("*").fetchall()[0][0] for name in OF_PATIENTS + OF_UNITS}
    return ", ".join(f"{name} {n:,}" for name, n in rows.items())


def _copy_of(home: Path, target: Path) -> None:
    shutil.copytree(home, target, ignore=shutil.ignore_patterns("prefect*", "*.log"))


def _demo(folder: Path) -> Path:
    home, program = folder / "demo", Path(sys.executable).with_name("hemoflow")
    subprocess.run([program, "demo"], check=True, env=os.environ | {"HEMOFLOW_HOME": str(home)}, stdout=sys.stderr)
    return home
