"""`hemoflow serve`: a Prefect server on this machine, the flows ready to be scheduled, started and rerun in its UI."""

import atexit
import os
import signal
import subprocess
import sys
from time import monotonic, sleep
from typing import Any

import httpx

from flows.terminal import out
from hemoflow.domain.errors import StateError, UsageError
from hemoflow.domain.policy import load_policy
from hemoflow.settings import Settings

START_LIMIT_S = 120


def serve_here(port: int, cron: str) -> None:
    """Start the server, wait until it answers, then serve the deployments until the command is stopped.

    Args:
        port: Port on the loopback address.
        cron: Schedule of the daily run, in the policy's time zone.

    Raises:
        UsageError: Something else answers on the port.
        StateError: The server did not answer in time.
    """
    url = f"http://127.0.0.1:{port}/api"
    if _answers(url):
        raise UsageError(f"Port {port} is taken by a running server.", remedy="Stop it, or choose another --port.")
    home = Settings().home
    home.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PREFECT_HOME", str((home / "prefect").resolve()))
    server = _start(port, url)
    _wait(url, server)
    note = home / "server.url"
    note.write_text(url, encoding="utf-8")
    atexit.register(lambda: note.unlink(missing_ok=True))
    os.environ["PREFECT_API_URL"] = url
    out.print(f"Prefect UI: http://127.0.0.1:{port}   (stop with Ctrl-C)")
    _serve(cron)


def _start(port: int, url: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    told = os.environ | {"PREFECT_SERVER_UI_API_URL": url}  # the UI asks port 4200 whatever the server's own port is
    server = subprocess.Popen(command, env=told, stdout=subprocess.DEVNULL)  # noqa: S603 - our own interpreter and constant words
    atexit.register(_stop, server)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    return server


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    limit = monotonic() + START_LIMIT_S
    while monotonic() < limit and server.poll() is None:
        if _answers(url):
            return
        sleep(0.3)
    raise StateError("The Prefect server did not start.", remedy="Run `prefect server start` to see why.")


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=1).is_success
    except httpx.HTTPError:
        return False


def _serve(cron: str) -> None:
    from prefect import serve
    from prefect.schedules import Cron

    from flows.backfill import backfill
    from flows.daily import daily
    from flows.ingest import ingest
    from flows.train import train

    zone = load_policy(Settings().policy).clock.time_zone
    # Prefect types these as sync or async; called from a plain function they are sync.
    deployments: list[Any] = [
        daily.to_deployment("daily", schedule=Cron(cron, timezone=zone), concurrency_limit=1, tags=["hemoflow"]),
        backfill.to_deployment("backfill", concurrency_limit=1, tags=["hemoflow"]),
        train.to_deployment("train", tags=["hemoflow"]),
        ingest.to_deployment("ingest", tags=["hemoflow"]),
    ]
    serve(*deployments, limit=2, pause_on_shutdown=False)
