"""The command `hemoflow`. It lives here because it starts flows; heavy imports wait until a command needs them."""

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
for words in SUBJECTS:
    app.add_typer(words.app)


@app.command(epilog="Example: `hemoflow demo`")
def demo() -> None:
    """The whole story on shipped data: history, model, the last day, the seven days before."""
    from flows.demo import tell

    tell()


def main() -> None:
    """Entry point of the console command."""
    with errors_in_words():
        app()
