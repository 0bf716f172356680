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
        typer.Option(help="Register and load this kind of source: demo-region, mimic-iv, fhir-r4, omop-cdm or eicu."),
    ] = "",
    path: Annotated[Path | None, typer.Option(help="Folder of that source; the shipped data when left out.")] = None,
    summary: Annotated[Path | None, typer.Option("--json", help="Write the counts and reasons here too.")] = None,
) -> None:
    """Load what is new in the registered sources; bad rows go to quarantine with the reason."""
    from hemoflow.connectors.registry import shipped_folder, source_of, write_sources
    from hemoflow.reports.data_health import commonest_faults, ingest_summary
    from hemoflow.reports.exports import plain_csv

    settings = Settings()
    if source:
        write_sources(settings.home, [source_of(source, path or shipped_folder(source, settings.data))])
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
