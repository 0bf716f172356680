"""What a person sees in the terminal: progress, tables and clear errors."""

import os
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from hemoflow.domain.errors import HemoflowError, InputError, UsageError
from hemoflow.settings import Settings

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

STAGES_OF_A_DAY = 7
"""Announcements of a daily run: open run, features, need, demand, routing, assignment, publication."""


@contextmanager
def errors_in_words() -> Iterator[None]:
    """Turn an error that a user can act on into one sentence and its exit code; never a traceback."""
    try:
        yield
    except HemoflowError as error:
        err.print(f"[bold red]{type(error).__name__}[/]: {escape(str(error))}", markup=True)
        sys.exit(error.exit_code)
    except OSError as error:
        about = f" {error.filename}" if error.filename else ""
        err.print(f"The machine refused{about}: {error.strerror or error}. Mend that, then run the command again.")
        sys.exit(1)
    except KeyboardInterrupt:
        err.print("Stopped. What was finished is kept; the same command goes on from there.")
        sys.exit(130)


@contextmanager
def progress_shown(steps: int) -> Iterator[None]:
    """Show a bar of ``steps`` stages in a terminal, plain lines elsewhere."""
    from tasks.progress import listen

    if not err.is_terminal:
        listen(_plain_line)
        yield
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err) as bar:
        job = bar.add_task("starting Prefect", total=steps)

        def show(day: str, stage: str, seconds: float | None) -> None:
            bar.update(job, description=f"{day} {stage}", advance=0 if seconds is None else 1)

        listen(show)
        yield
        bar.update(job, completed=steps)


@contextmanager
def counted(what: str, steps: int) -> Iterator[Callable[[], None]]:
    """Show a bar of ``steps`` equal steps in a terminal, nothing elsewhere; the value is called after each step."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal) as bar:
        job = bar.add_task(what, total=steps)
        yield lambda: bar.update(job, advance=1)


def prepare_engine() -> str:
    """Point Prefect at a running server, else at a database of its own inside the home folder.

    Returns:
        The server's URL, or an empty text for the ephemeral engine.
    """
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    home = Settings().home
    url = os.environ.get("PREFECT_API_URL") or _served_here(home)
    if url:
        os.environ["PREFECT_API_URL"] = url
        return url
    if not _profile_has_server():
        os.environ["PREFECT_HOME"] = os.environ.get("PREFECT_HOME") or str((home / "prefect").resolve())
    os.environ.pop("PREFECT_API_URL", None)
    return ""


@contextmanager
def engine() -> Iterator[None]:
    """Run flows; without a server nobody listens to heartbeats, so the second that a flow waits for them is saved."""
    with quiet_imports():
        from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

        overrides = {} if os.environ.get("PREFECT_API_URL") else {PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}
        with temporary_settings(overrides):
            yield


@contextmanager
def quiet_imports() -> Iterator[None]:
    """Keep Pandera's and Prefect's import-time chatter out of the terminal."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        yield


def print_frame(frame: pd.DataFrame, title: str, limit: int = 40) -> None:
    """Print the first rows of a frame as a table."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for name in frame.columns:
        table.add_column(name, justify="right" if pd.api.types.is_numeric_dtype(frame[name]) else "left")
    for row in frame.head(limit).itertuples(index=False):
        table.add_row(*(_cell(value) for value in row))
    out.print(table)
    if len(frame) > limit:
        out.print(f"and {len(frame) - limit} more")


def read_text(path: Path) -> str:
    """The text of a file that a person named."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UsageError(f"The file {path} does not exist.", remedy="Give the path of a file.") from error
    except (UnicodeDecodeError, OSError) as error:
        raise InputError(f"The file {path} cannot be read: {error}.", remedy="It must be UTF-8 text.") from error


def write_text(path: Path, text: str) -> None:
    """Write a file where a person asked for it."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"Cannot write {path}: {error.strerror}.", remedy="Give a path in a folder that exists."
        ) from error


def seconds(value: float) -> str:
    """A duration as people read it."""
    return str(timedelta(seconds=round(value)))


def _cell(value: object) -> str:
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value):  # noqa: PLR0124
        return ""
    if isinstance(value, float):
        return f"{value:.2f}"
    text = value.date().isoformat() if isinstance(value, pd.Timestamp) and value.tz is None else str(value)
    return escape(text)


def _plain_line(day: str, stage: str, seconds_taken: float | None) -> None:
    if seconds_taken is not None:
        err.print(f"{day}  {stage:<24} {seconds_taken:6.2f} s")


def _served_here(home: Path) -> str:
    note = home / "server.url"
    if not note.is_file():
        return ""
    from flows.processes import answers

    url = note.read_text(encoding="utf-8").strip()
    return url if answers(f"{url}/health") else ""


def _profile_has_server() -> bool:
    profiles = Path.home() / ".prefect" / "profiles.toml"
    if not profiles.is_file():
        return False
    known = tomllib.loads(profiles.read_text(encoding="utf-8"))
    return "PREFECT_API_URL" in known.get("profiles", {}).get(known.get("active", ""), {})
