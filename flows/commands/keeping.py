"""Words about keeping what we know: backup and restore."""

from pathlib import Path
from typing import Annotated

import typer

from flows.commands.shared import opened_store
from flows.terminal import out
from hemoflow.domain.errors import UsageError
from hemoflow.settings import Settings

app = typer.Typer()


@app.command(epilog="Example: `hemoflow backup /srv/backups/hemoflow-2024-10-31.tar.gz`")
def backup(file: Annotated[Path, typer.Argument(help="Archive to write.")]) -> None:
    """Write the store's rows and the home's files into one archive, which holds the pseudonym key: keep it safe."""
    if not file.resolve().parent.is_dir():
        raise UsageError(f"There is no folder {file.parent}.", remedy="Make it, or choose another.")
    with opened_store() as store:
        counts = store.backup(file.resolve())
    _say(f"Kept in {file}", counts)


@app.command(epilog="Example: `HEMOFLOW_HOME=/srv/new hemoflow restore /srv/backups/hemoflow-2024-10-31.tar.gz`")
def restore(file: Annotated[Path, typer.Argument(help="Archive of `hemoflow backup`.")]) -> None:
    """Read an archive into a new home folder and database, of SQLite or PostgreSQL whatever it came from."""
    if not file.is_file():
        raise UsageError(f"There is no file {file}.", remedy="Give an archive of `hemoflow backup`.")
    Settings().home.mkdir(parents=True, exist_ok=True)
    with opened_store() as store:
        store.init()
        counts = store.restore(file)
    _say(f"Restored from {file}", counts)


def _say(what: str, counts: dict[str, int]) -> None:
    rows = sum(count for name, count in counts.items() if name != "files")
    out.print(f"{what}: {rows} rows of {len(counts) - 1} tables, {counts['files']} files. Check: hemoflow ledger")
