"""`hemoflow serve`: server, worker and deployments on this machine, to schedule, start and rerun flows in its UI."""

import atexit
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import httpx

from flows.deploying import LIST, POOL, deploy, read_list, wait_until_scheduled
from flows.terminal import out
from hemoflow.domain.errors import StateError, UsageError
from hemoflow.domain.policy import load_policy
from hemoflow.settings import Settings

START_LIMIT_S = 120
HEARTBEAT_S = 30
"""The least that Prefect allows; the automation for silent runs waits for three of them."""
RUNS_AT_ONCE = 2

Process = subprocess.Popen[bytes]


def serve_here(port: int, cron: str) -> None:
    """Start server and worker, deploy, prove that a daily run is scheduled, then stay until stopped.

    Args:
        port: Port on the loopback address.
        cron: Schedule of the daily run, in the policy's time zone; empty means that of the list.

    Raises:
        UsageError: Something else answers on the port.
        StateError: The server did not answer in time, or schedules nothing.
    """
    url = f"http://127.0.0.1:{port}/api"
    if _answers(url):
        raise UsageError(f"Port {port} is taken by a running server.", remedy="Stop it, or choose another --port.")
    home = Settings().home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    os.environ |= {"HEMOFLOW_HOME": str(home), "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_S)}
    os.environ.setdefault("PREFECT_HOME", str(home / "prefect"))
    server = _start_server(port, url)
    _wait(url, server)
    os.environ["PREFECT_API_URL"] = url
    _note(home, url)
    known = deploy(_list_with(cron), load_policy(Settings().policy).clock.time_zone)
    worker = _start_worker(home)
    count = wait_until_scheduled(known)
    out.print(
        f"Prefect UI: http://127.0.0.1:{port}   {len(known)} deployments, {count} daily runs scheduled (Ctrl-C stops)"
    )
    _stay(home, server, worker)


def _list_with(cron: str) -> dict[str, object]:
    written = dict(read_list(LIST))
    for entry in written["deployments"]:
        if cron and entry["name"] == "daily":
            entry["schedules"] = [{**entry["schedules"][0], "cron": cron}]
    return written


def _start_server(port: int, url: str) -> Process:
    os.environ["PREFECT_SERVER_UI_API_URL"] = url  # the UI asks port 4200 whatever the server's own port is
    return _start(Settings().home, "server", "server", "start", "--host", "127.0.0.1", "--port", str(port))


def _start_worker(home: Path) -> Process:
    return _start(home, "worker", "worker", "start", "--pool", POOL, "--type", "process", "--limit", str(RUNS_AT_ONCE))


def _start(home: Path, name: str, *words: str) -> Process:
    with (home / f"{name}.log").open("ab") as log:
        command = [sys.executable, "-m", "prefect", *words]
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - our own interpreter and constant words
    atexit.register(_stop, process)
    return process


def _stop(process: Process) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()


def _note(home: Path, url: str) -> None:
    note = home / "server.url"
    note.write_text(url, encoding="utf-8")
    atexit.register(lambda: note.unlink(missing_ok=True))


def _wait(url: str, server: Process) -> None:
    limit = monotonic() + START_LIMIT_S
    while monotonic() < limit and server.poll() is None:
        if _answers(url):
            return
        sleep(0.3)
    raise StateError("The Prefect server did not start.", remedy="See server.log in the home folder.")


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=1).is_success
    except httpx.HTTPError:
        return False


def _stay(home: Path, server: Process, worker: Process) -> None:
    while server.poll() is None:
        if worker.poll() is not None:
            out.print("The worker stopped; another one takes its place. See worker.log in the home folder.")
            worker = _start_worker(home)
        sleep(1)
    raise StateError("The Prefect server stopped.", remedy="See server.log in the home folder.")
