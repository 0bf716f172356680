"""Backfill: what Prefect costs a day, beside a bare Python loop over the same functions in the same run.

One home with the demonstration's history and a trained model is copied twice. The loop plans every day by calling the
stages' own functions; the flow ``backfill`` does the same through a real Prefect server. Both must leave the same
bytes. Processor seconds of this process and of the server are counted, because other work disturbs wall seconds;
both are shown. ``--days N`` asks for fewer days.
"""

import argparse
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import httpx

BAR_S = 1.5


def run() -> None:
    """Print the figures; about five minutes of processor time for 30 days."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks backfill")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--first", type=date.fromisoformat, default=date(2024, 10, 1), help="first of the days")
    asked = parser.parse_args(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        server, url = _server(root / "prefect")
        os.environ |= {"PREFECT_API_URL": url, "PREFECT_HOME": str(root / "prefect")}
        os.environ["HEMOFLOW_PSEUDONYM_KEY"] = "a key for benchmarks only"
        os.environ["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] = "CRITICAL"
        try:
            _measure(root, asked.first, asked.days, server)
        finally:
            server.terminate()
            server.wait(20)


def _measure(root: Path, first: date, days: int, server: subprocess.Popen) -> None:
    for words in (["init"], ["ingest"], ["train", "--as-of", str(first - timedelta(days=1))]):
        subprocess.run(
            [sys.executable, "-m", "flows", *words],
            env=os.environ | _home(root / "loop"),
            check=True,
            capture_output=True,
        )
    shutil.copytree(root / "loop", root / "flow")
    from flows.backfill import backfill

    last = first + timedelta(days=days - 1)
    os.environ |= _home(root / "loop")
    _loop(first - timedelta(days=1), 1)  # imports and caches are paid before the clock starts
    bare = _clocked(server, lambda: _loop(first, days))
    os.environ |= _home(root / "flow")
    flow = _clocked(server, lambda: backfill(first, last))
    again = _clocked(server, lambda: backfill(first, last))
    same = _bytes(root / "loop", first, last) == _bytes(root / "flow", first, last)
    print(f"backfill, {days} days of the demo region; the same bytes: {same}")
    for name, (wall, own, served) in (("bare loop", bare), ("flow", flow), ("flow again", again)):
        print(f"  {name:<11} {wall / days:6.2f} s a day wall, {own / days:5.2f} s own, server {served / days:5.2f} s")
    wall, own, served = ((after - before) / days for after, before in zip(flow, bare, strict=True))
    print(f"  Prefect     {wall:6.2f} s a day wall, {own:5.2f} s own, server {served:5.2f} s (bar {BAR_S} s)")


def _loop(first: date, days: int) -> None:
    from flows.daily import plan_day
    from flows.what_if import without_prefect
    from tasks.ingest import open_run

    for offset in range(days):
        plan_day(open_run.fn(first + timedelta(days=offset), "region_demo", 1), without_prefect)


def _clocked(server: subprocess.Popen, work: Callable[[], object]) -> tuple[float, float, float]:
    wall, own, served = time.perf_counter(), time.process_time(), _processor(server.pid)
    work()
    return time.perf_counter() - wall, time.process_time() - own, _processor(server.pid) - served


def _processor(pid: int) -> float:
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _bytes(home: Path, first: date, last: date) -> dict[str, str]:
    kept = [path for path in sorted((home / "runs").rglob("*")) if path.is_file()]
    days = {path: path.relative_to(home / "runs") for path in kept}
    return {
        str(name): hashlib.sha256(path.read_bytes()).hexdigest()
        for path, name in days.items()
        if first.isoformat() <= name.parts[0] <= last.isoformat()
    }


def _home(path: Path) -> dict[str, str]:
    return {"HEMOFLOW_HOME": str(path)}


def _server(home: Path) -> tuple[subprocess.Popen, str]:
    import flows  # noqa: F401 - sets what keeps a SQLite server from stalling

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    env = os.environ | {"PREFECT_HOME": str(home)}
    server = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/api"
    for _ in range(600):
        try:
            if httpx.get(f"{url}/health", timeout=1).is_success:
                return server, url
        except httpx.HTTPError:
            time.sleep(0.3)
    server.kill()
    sys.exit("The Prefect server did not start.")
