"""Words about sources: the home folder and what is loaded into it."""

import json
from pathlib import Path
from typing import Annotated

import typer

from flows import terminal
from flows.commands.shared import opened_store, ready_flow
from flows.terminal import out
from hemoflow.settings import Settings

app = typer.Typer()


@app.command(epilog="Example: `hemoflow init`")
def init() -> None:
    """Create the home folder, its store and a local key for pseudonyms."""
    from hemoflow.connectors.pseudonyms import key_from

    settings = Settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    key_from(settings.pseudonym_key.get_secret_value(), settings.home)
    with opened_store() as store:
        store.init()
    out.print(f"Home [bold]{settings.home}[/] is ready. Next: hemoflow ingest")


@app.command(epilog="Example: `hemoflow ingest --source mimic-iv --path ~/mimic-iv-3.1`")
def ingest(
    source: Annotated[
        str,
        typer.Option(
            help="Register and load this kind of source: demo-region, mimic-iv, fhir-r4, omop-cdm, eicu, canonical."
        ),
    ] = "",
    path: Annotated[str, typer.Option(help="Its folder or file, or for omop-cdm the address of a database.")] = "",
    received_at: Annotated[
        str, typer.Option(help="When this delivery arrived (2024-10-15T06:00Z); it is added to what came before.")
    ] = "",
    summary: Annotated[Path | None, typer.Option("--json", help="Write the counts and reasons here too.")] = None,
) -> None:
    """Load what is new in the registered sources; bad rows go to quarantine with the reason."""
    from hemoflow.connectors.registry import (
        FILE_NAME,
        registered,
        shipped_folder,
        source_of,
        with_delivery,
        write_sources,
    )
    from hemoflow.reports.data_health import commonest_faults, ingest_summary
    from hemoflow.reports.exports import plain_csv

    settings = Settings()
    if source:
        delivery = source_of(source, path or shipped_folder(source, settings.data), received_at)
        is_added = bool(received_at) and (settings.home / FILE_NAME).is_file()
        before = registered(settings.home, settings.data) if is_added else []
        write_sources(settings.home, with_delivery(before, delivery))
    run = ready_flow("flows.ingest", "ingest", settings.policy)
    with terminal.engine(), terminal.progress_shown(2):
        run()
    with opened_store() as store:
        report, quarantine = store.ingest_report(), store.quarantine()
    if summary:
        terminal.write_text(
            summary, json.dumps(ingest_summary(report, quarantine), indent=2, ensure_ascii=False) + "\n"
        )
    terminal.print_frame(report, "Loaded")
    if len(quarantine):
        listing = settings.home / "quarantine.csv"
        listing.write_bytes(plain_csv(quarantine))
        terminal.print_frame(commonest_faults(quarantine), "Put aside, commonest fault first")
        out.print(f"Every fault, line by line: {listing}")


@app.command(epilog="Example: `hemoflow template stock -o stock.csv`, fill it, `hemoflow ingest --source templates`")
def template(
    name: Annotated[str, typer.Argument(help="stock (or units), donations, requests, capacity or labs.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; the terminal when left out.")] = None,
) -> None:
    """Write an empty template whose columns are explained; rows that begin with # are not read."""
    from hemoflow.connectors.sheets import ALIASES, TEMPLATES, template_text
    from hemoflow.domain.errors import UsageError

    if name not in {*TEMPLATES, *ALIASES}:
        raise UsageError(f"No template '{name}'.", remedy=f"Use one of {', '.join(TEMPLATES)}.")
    if output is None:
        typer.echo(template_text(name), nl=False)
    else:
        terminal.write_text(output, template_text(name))
