"""Commands as processes of their own, forked from one that has imported everything: seconds of imports saved each."""

import atexit
import os
import runpy
import signal
import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from flows import ENGINE_DEFAULTS

WARM = get_context("forkserver")
WARM.set_forkserver_preload(["tests.flows.warmed"])
LIMIT_S = 900


def run_commands(*commands):
    """Run `hemoflow` several times at once, each time with words, an environment and where it is to be killed.

    Returns:
        What ``subprocess.run`` would say of each.
    """
    with TemporaryDirectory() as folder:
        begun = [begin(Path(folder, str(number)), *command) for number, command in enumerate(commands)]
        return [_end(process, words) for process, (words, *_) in zip(begun, commands, strict=True)]


def begin(said, words, env, killed_at=""):
    """Begin `hemoflow`; what it says goes to files with this name and the number of the stream."""
    process = WARM.Process(target=_command, args=(str(said), words, env, killed_at), name=str(said))
    process.start()
    return process


def _end(process, words):
    process.join(LIMIT_S)
    if process.exitcode is None:
        process.kill()
        raise subprocess.TimeoutExpired(words, LIMIT_S)
    texts = (Path(f"{process.name}.{stream}").read_text(encoding="utf-8") for stream in (1, 2))
    return subprocess.CompletedProcess(words, process.exitcode, *texts)


def _command(said, words, env, killed_at):
    for stream in (1, 2):
        os.dup2(os.open(f"{said}.{stream}", os.O_WRONLY | os.O_CREAT, 0o600), stream)
    os.environ.clear()
    os.environ.update(ENGINE_DEFAULTS | env)
    from prefect.context import refresh_global_settings_context

    refresh_global_settings_context()
    if killed_at:
        sys.addaudithook(lambda event, given: _die(event, given, f"/{killed_at}/"))
    sys.argv = ["hemoflow", *words]
    try:
        runpy.run_module("flows", run_name="__main__", alter_sys=True)
    finally:
        atexit._run_exitfuncs()  # a forked process would leave without them


def _die(event, given, place):
    """Die the moment before the first file there gets its name."""
    if event == "os.rename" and place in str(given[1]):
        os.kill(os.getpid(), signal.SIGKILL)
