"""Words that start servers."""

from typing import Annotated

import typer

app = typer.Typer()


@app.command(epilog="Example: `hemoflow serve`")
def serve(
    port: Annotated[int, typer.Option(help="Port of the Prefect server on this machine.")] = 4200,
    cron: Annotated[str, typer.Option(help="When the daily run starts, in the policy's time zone.")] = "0 5 * * *",
) -> None:
    """Start a Prefect server with its UI, and serve the daily run, training and backfill to it."""
    from flows.serving import serve_here

    serve_here(port, cron)
