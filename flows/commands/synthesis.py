"""The word that makes a region up: canonical tables of any size, to try everything without a patient."""

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import datetime, time
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from flows import terminal
from flows.commands.shared import DEFAULT_SEED, Seed
from hemoflow.connectors.synthetic.magnitudes import DEMO
from hemoflow.connectors.synthetic.population import Population

app = typer.Typer()


@app.command(epilog="Example: `hemoflow synth --population 1000000 --days 365 -o region`")
def synth(
    *,
    population: Annotated[int, typer.Option(help="People in the region; about 34 transfused of 1,000 a year.")],
    days: Annotated[int, typer.Option(help="Length of the history in days.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write, one folder a canonical table.")],
    seed: Seed = DEFAULT_SEED,
    last_day: Annotated[
        datetime,
        typer.Option(
            formats=["%Y-%m-%d"],
            default_factory=lambda: datetime.combine(DEMO.last_on, time()),
            show_default="2024-10-31",
            help="Last day of the history.",
        ),
    ],
    donations: Annotated[
        str, typer.Option(help="Weekdays of donations: weekend_drives (South-East Asia) or nordic.")
    ] = "weekend_drives",
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes; the files are the same for any number.")] = 1,
) -> None:
    """Make up a region of any size and write its canonical tables as Parquet, district by district."""
    wanted = Population(population, days, last_day.date(), seed, donations)
    number = len(wanted.districts)
    rows: dict[str, int] = {}
    with terminal.counted("districts", number) as advance:
        for written in _written(wanted, output, number, workers):
            rows = {table: rows.get(table, 0) + written.get(table, 0) for table in sorted({*rows, *written})}
            advance()
    facts = {"schema": "hemoflow-canonical/1", **asdict(wanted), "last_on": wanted.last_on.isoformat(), "rows": rows}
    terminal.write_text(output / "manifest.json", json.dumps(facts, indent=2) + "\n")
    for table, count in rows.items():
        terminal.out.print(f"{table:<14} {count:>12,}")
    terminal.out.print(f"Written to {output}. Load it with: hemoflow ingest --source canonical --path {output}")


def _written(wanted: Population, output: Path, number: int, workers: int) -> Iterator[dict[str, int]]:
    write = partial(_write_district, wanted, output)
    if workers == 1:
        yield from map(write, range(number))
        return
    with ProcessPoolExecutor(min(workers, number)) as pool:
        yield from pool.map(write, range(number))


def _write_district(wanted: Population, output: Path, number: int) -> dict[str, int]:
    from hemoflow.connectors.synthetic.population import draw_district
    from hemoflow.schemas.canonical import CANONICAL
    from hemoflow.store.parquet import write_frame

    frames = draw_district(wanted, number)
    for table, frame in frames.items():
        write_frame(frame, CANONICAL[table], output / table / f"part-{number + 1:04d}.parquet")
    return {table: len(frame) for table, frame in frames.items()}
