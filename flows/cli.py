"""The command `hemoflow`. It lives here because it starts flows; heavy imports wait until a command needs them."""

from typing import Annotated

import typer

from flows.commands import (
    cockpit,
    forecasting,
    home,
    keeping,
    learning,
    people,
    privacy,
    profile,
    runs,
    segments,
    serving,
    sources,
    supply,
    synthesis,
    visits,
)
from flows.terminal import errors_in_words
from hemoflow import __version__

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Precision blood management: one run a day, from what is known at 08:00 to the order list.",
)
SUBJECTS = (
    sources,
    synthesis,
    profile,
    learning,
    forecasting,
    runs,
    people,
    visits,
    keeping,
    privacy,
    cockpit,
    supply,
    home,
    segments,
    serving,
)


def _say_version(wanted: bool) -> None:  # noqa: FBT001 - as Typer calls it
    if wanted:
        typer.echo(f"hemoflow {__version__}")
        raise typer.Exit


for words in SUBJECTS:
    app.add_typer(words.app)


@app.callback()
def options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """What may stand before a word."""


@app.command(epilog="Example: `hemoflow demo`")
def demo() -> None:
    """The whole story on shipped data: history, model, the last day, the seven days before."""
    from flows.demo import tell

    tell()


def main() -> None:
    """Entry point of the console command."""
    with errors_in_words():
        app()
