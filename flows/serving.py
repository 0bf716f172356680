"""`hemoflow serve`: server, worker, deployments and cockpit on this machine; one command, and nothing left behind."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from time import sleep

from flows.deploying import LIST, POOL, deploy, mark_left_behind, read_list, wait_until_scheduled
from flows.processes import HOST, Process, answers, require_free
from flows.terminal import out
from hemoflow.domain.errors import StateError, UsageError
from hemoflow.domain.policy import load_policy
from hemoflow.settings import Settings
from hemoflow.store import open_store

RUNS_AT_ONCE = 2
NOTE = "server.url"
"""File in the home folder that tells other commands where the server is."""


def serve_here(port: int, cockpit_port: int, cron: str) -> None:
    """Start server, worker and cockpit, deploy, prove that a daily run is scheduled, then stay until stopped.

    Args:
        port: Port of the Prefect server on the loopback address.
        cockpit_port: Port of the cockpit; 0 starts none.
        cron: Schedule of the daily run, in the policy's time zone; empty means that of the list.

    Raises:
        UsageError: A port is taken, or the home is served already.
        StateError: The server did not answer in time, or schedules nothing.
    """
    settings = Settings()
    home = settings.home.resolve()
    _require_all_free(home, port, cockpit_port)
    written, zone = _list_with(cron), load_policy(settings.policy).clock.time_zone
    with open_store(settings.store_url, home) as store:
        store.init()  # a fresh home gets its tables, an older one is brought up to date
    _environment(home, port, cockpit_port)
    _on_signal(_leave)
    with ExitStack() as until_stopped:
        server = _started(until_stopped, _server(home, port))
        out.print("Prefect server: starting")
        server.wait_for(f"http://{HOST}:{port}/api/health")
        _note(until_stopped, home / NOTE)
        out.print("Deployments: telling the server what runs by itself")
        if left := mark_left_behind():
            out.print(f"Crashed:   {left} runs that were under way when the server stopped; retry them in the UI")
        known = deploy(written, zone)
        if cockpit_port:
            cockpit = _started(until_stopped, _cockpit(home, cockpit_port))
            cockpit.wait_for(f"http://{HOST}:{cockpit_port}/health")
            out.print(f"Cockpit:   http://{HOST}:{cockpit_port}")
        worker = _started(until_stopped, _worker(home))
        count = wait_until_scheduled(known)
        out.print(
            f"Prefect:   http://{HOST}:{port}   {len(known)} deployments, {count} daily runs scheduled (Ctrl-C stops)"
        )
        _stay(until_stopped, home, server, worker)


def _on_signal(handler: Callable[..., None] | signal.Handlers) -> None:
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, handler)


def _leave(*_: object) -> None:
    _on_signal(signal.SIG_IGN)  # asked twice, it would leave processes behind
    out.print("Stopping runs, worker, cockpit and server; finished stages are kept.")
    sys.exit(0)


def _require_all_free(home: Path, port: int, cockpit_port: int) -> None:
    note = home / NOTE
    if note.is_file() and answers(f"{(url := note.read_text(encoding='utf-8'))}/health"):
        raise UsageError(f"This home is served already, at {url}.", remedy="Use that server, or stop it first.")
    require_free(port, "--port")
    if cockpit_port:
        require_free(cockpit_port, "--cockpit-port")


def _environment(home: Path, port: int, cockpit_port: int) -> None:
    """What the processes are told; links between Prefect and the cockpit work unless the site names other addresses."""
    os.environ |= {
        "HEMOFLOW_HOME": str(home),
        "PREFECT_API_URL": f"http://{HOST}:{port}/api",
        "PREFECT_SERVER_UI_API_URL": f"http://{HOST}:{port}/api",  # else the UI asks port 4200 whatever ours is
    }
    os.environ.setdefault("PREFECT_HOME", str(home / "prefect"))
    os.environ.setdefault("HEMOFLOW_PREFECT_UI_URL", f"http://{HOST}:{port}")
    if cockpit_port:
        os.environ.setdefault("HEMOFLOW_COCKPIT_URL", f"http://{HOST}:{cockpit_port}")


def _list_with(cron: str) -> dict[str, object]:
    written = dict(read_list(LIST))
    for entry in written["deployments"]:
        if cron and entry["name"] == "daily":
            entry["schedules"] = [{**entry["schedules"][0], "cron": cron}]
    return written


def _server(home: Path, port: int) -> Process:
    return Process(home, "server", ("prefect", "server", "start", "--host", HOST, "--port", str(port)))


def _worker(home: Path) -> Process:
    words = ("prefect", "worker", "start", "--pool", POOL, "--type", "process", "--limit", str(RUNS_AT_ONCE))
    return Process(home, "worker", words)


def _cockpit(home: Path, port: int) -> Process:
    return Process(home, "cockpit", ("flows", "cockpit", "--port", str(port)))


def _started(until_stopped: ExitStack, process: Process) -> Process:
    until_stopped.callback(process.stop)
    return process


def _note(until_stopped: ExitStack, note: Path) -> None:
    note.write_text(os.environ["PREFECT_API_URL"], encoding="utf-8")
    until_stopped.callback(note.unlink, missing_ok=True)


def _stay(until_stopped: ExitStack, home: Path, server: Process, worker: Process) -> None:
    while server.is_alive:
        if not worker.is_alive:
            out.print(f"The worker stopped; another one takes its place. See {worker.log}.")
            worker.stop()
            worker = _started(until_stopped, _worker(home))
        sleep(1)
    raise StateError("The Prefect server stopped.", remedy=f"See {server.log}.")
