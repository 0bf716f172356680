"""The processes of `hemoflow serve`: each in a group of its own, and none left behind when the command ends."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import httpx
import psutil

from hemoflow.domain.errors import StateError, UsageError

START_LIMIT_S = 300
STOP_LIMIT_S = 12
"""A worker tells the server about the runs that it stops; what takes longer is killed."""
ANSWER_LIMIT_S = 10
HOST = "127.0.0.1"


class Process:
    """A process of ours with its log in the home folder; started by a module of ours or Prefect's.

    Args:
        home: The home folder.
        name: Name of the log.
        words: The command, after ``python -m``.
        extra: Variables of this process only.
    """

    def __init__(self, home: Path, name: str, words: tuple[str, ...], extra: Mapping[str, str] | None = None) -> None:
        self.name, self.log = name, home / f"{name}.log"
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C reaches only the command, which stops the others in order.
            self._popen = subprocess.Popen(  # noqa: S603 - our own interpreter and words
                [sys.executable, "-m", *words], stdout=log, stderr=log, start_new_session=True,
                env=os.environ | (extra or {}),
            )  # fmt: skip

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._popen.poll() is None

    def wait_for(self, url: str) -> None:
        """Wait until it answers.

        Raises:
            StateError: It ended, or took too long.
        """
        limit = monotonic() + START_LIMIT_S
        while monotonic() < limit and self.is_alive:
            if answers(url):
                return
            sleep(0.3)
        raise StateError(f"The {self.name} did not start.", remedy=f"See {self.log}.")

    def stop(self) -> None:
        """Ask what it started to end, then itself, and see to it that nothing stays.

        A worker would wait for its runs; when they end first, it tells the server that they were stopped.
        """
        mine = _family(self._popen.pid)
        for group in (mine[:-1], mine[-1:]):
            for each in group:
                _ask(each.terminate)
            for each in psutil.wait_procs(group, STOP_LIMIT_S)[1]:
                _ask(each.kill)
        self._popen.wait()


def _family(pid: int) -> list[psutil.Process]:
    """A process and all that it started, the youngest first."""
    try:
        first = psutil.Process(pid)
        return [*reversed(first.children(recursive=True)), first]
    except psutil.NoSuchProcess:
        return []


def _ask(what: Callable[[], None]) -> None:
    with suppress(psutil.NoSuchProcess):
        what()


def answers(url: str) -> bool:
    """Whether something answers at an address; where nobody listens one knows at once, a busy server is given time."""
    try:
        return httpx.get(url, timeout=ANSWER_LIMIT_S).is_success
    except httpx.HTTPError:
        return False


def require_free(port: int, option: str) -> None:
    """Refuse a port on which somebody listens.

    Raises:
        UsageError: The port is taken, or not ours to take.
    """
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            free.bind((HOST, port))
        except OSError as error:
            raise UsageError(
                f"Port {port} cannot be used: {error.strerror}.",
                remedy=f"Stop the program that listens there, or choose another {option}.",
            ) from error
