"""Words about sources: the home folder and what is loaded into it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows import terminal
from flows.commands.shared import opened_store, ready_flow
from flows.terminal import out
from hemoflow.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from hemoflow.connectors.deliveries import Source

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
            help="Register and load this kind of source: demo-region, mimic-iv, fhir-r4, omop-cdm, eicu, hl7-v2, "
            "laboratory, templates, canonical. Others stay as they are; the same kind is replaced."
        ),
    ] = "",
    path: Annotated[str, typer.Option(help="Its folder or file, or for omop-cdm the address of a database.")] = "",
    url: Annotated[
        str, typer.Option(help="For fhir-r4 instead of a path: base address of a server, asked for what is new.")
    ] = "",
    received_at: Annotated[
        str, typer.Option(help="When this delivery arrived (2024-10-15T06:00Z); it is added to what came before.")
    ] = "",
    summary: Annotated[Path | None, typer.Option("--json", help="Write the counts and reasons here too.")] = None,
) -> None:
    """Load what is new in the registered sources; bad rows go to quarantine with the reason."""
    from hemoflow.connectors.kinds import kind_named
    from hemoflow.connectors.registry import at_home, forget_registration, registration
    from hemoflow.domain.errors import HemoflowError, UsageError
    from hemoflow.reports.data_health import failed_summary

    settings = Settings()
    if not source and (path or received_at):
        raise UsageError("--path and --received-at belong to a source.", remedy="Say which kind with --source.")
    written = registration(settings.home)
    try:
        if source:
            kind_named(source)
        if not settings.home.is_dir():
            init()
        wanted = _registered(source, path, url, received_at) if source else None
        run = ready_flow("flows.ingest", "ingest", settings.policy)
        with terminal.engine(), terminal.progress_shown(2):
            run(wanted.kind if wanted else "")
    except HemoflowError as error:
        forget_registration(settings.home, written)
        _write_json(summary, failed_summary(str(error)))
        raise
    deliveries = at_home(wanted, settings.home).deliveries() if wanted else []
    _tell([name for delivery in deliveries for name in delivery.names], summary)


def _tell(names: Sequence[str], summary: Path | None) -> None:
    """Print what became of the rows of these sources, or of all, and write it for programs."""
    from hemoflow.reports.data_health import commonest_faults, ingest_summary, told_summary
    from hemoflow.reports.exports import plain_csv

    with opened_store() as store:
        report, quarantine = _about(store.ingest_report(), names), _about(store.quarantine(), names)
        late, drift, notes = (_about(store.told(name), names) for name in ("lateness", "schema_drift", "source_notes"))
    _write_json(summary, ingest_summary(report, quarantine) | told_summary(late, drift, notes))
    terminal.print_frame(report, "Loaded")
    terminal.print_frame(late, "Hours from the event to the arrival of its row")
    if len(drift):
        terminal.print_frame(drift, "Columns that differ from the load before")
    for note in notes["note"]:
        out.print(f"* {note}", markup=False)
    if len(quarantine):
        listing = Settings().home / "quarantine.csv"
        listing.write_bytes(plain_csv(quarantine))
        terminal.print_frame(commonest_faults(quarantine), "Put aside, commonest fault first")
        out.print(f"Every fault, line by line: {listing}")


def _registered(kind: str, path: str, url: str, received_at: str) -> "Source":
    """Register a source or a delivery beside what is there."""
    from hemoflow.connectors.registry import (
        FILE_NAME,
        registered,
        server_of,
        shipped_folder,
        source_of,
        with_delivery,
        write_sources,
    )

    settings = Settings()
    if url:
        delivery = server_of(kind, url, path or received_at)
    else:
        delivery = source_of(kind, path or shipped_folder(kind, settings.data), received_at)
    with opened_store() as store:
        is_first = not (settings.home / FILE_NAME).is_file() and store.sources().empty
    before = [] if is_first else registered(settings.home, settings.data)
    write_sources(settings.home, with_delivery(before, delivery))
    return delivery


def _about(frame: "pd.DataFrame", names: Sequence[str]) -> "pd.DataFrame":
    return frame[frame["source"].isin(names)].reset_index(drop=True) if names else frame


def _write_json(path: Path | None, found: Mapping[str, Any]) -> None:
    if path:
        terminal.write_text(path, json.dumps(found, indent=2, ensure_ascii=False) + "\n")


@app.command(epilog="Example: `hemoflow template stock -o stock.csv`, fill it, `hemoflow ingest --source templates`")
def template(
    name: Annotated[str, typer.Argument(help="stock (or units), donations, facility, requests, capacity or labs.")],
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
