"""Words about transfusion at home: what a programme would bring, and who is ready for tomorrow."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from flows import terminal
from flows.commands.shared import DEFAULT_SEED, Day, PolicyName, Seed
from flows.terminal import out
from hemoflow.domain.errors import UsageError

app = typer.Typer()
MOST_DAYS = 56


@app.command("plan-home", epilog="Example: `hemoflow plan-home --as-of 2024-10-31 --nurses 1,1.5,2,3 -o study`")
def plan_home(
    *,
    as_of: Day,
    policy: PolicyName,
    nurses: Annotated[str, typer.Option(help="Sizes of the team to try, full-time nurses.")] = "0.5,1,1.5,2,3,4",
    days: Annotated[int, typer.Option(min=5, max=MOST_DAYS, help="Horizon of the figures.")] = 28,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder for the page, the picture and the tables.")
    ] = None,
    seed: Seed = DEFAULT_SEED,
) -> None:
    """What would a home programme bring? Answered from loaded records, before there is one."""
    sizes = _sizes(nurses)
    with terminal.quiet_imports():
        from hemoflow.reports.exports import plain_csv
        from hemoflow.reports.plan_home import frontier_picture, plan_home_html
        from tasks.home import study_home

        study = study_home(as_of.date(), policy, sizes, days, seed)
    out.print(
        f"{study.qualified} of {study.funnel_total} outpatients meet every gate; "
        f"{study.clinic_visits} clinic visits are due in {days} days."
    )
    terminal.print_frame(_short(study.sizes(), SIZES), f"What each size of team brings in {days} days")
    terminal.print_frame(
        _short(study.ways().round(dict.fromkeys(WAYS, 0)), {"nurses": "nurses"} | WAYS), "Points by way to choose"
    )
    if output is None:
        return
    output.mkdir(parents=True, exist_ok=True)
    terminal.write_text(output / "plan_home.html", plan_home_html(study))
    terminal.write_text(output / "frontier.svg", frontier_picture(study))
    for name, frame in (("frontier", study.frontier), ("gates", study.funnel)):
        terminal.write_text(output / f"{name}.csv", plain_csv(frame).decode())
    out.print(f"Page: {output / 'plan_home.html'}")


@app.command("go-no-go", epilog="Example: `hemoflow go-no-go --as-of 2024-10-31 --confirmed calls.csv`")
def go_no_go(
    as_of: Day,
    confirmed: Annotated[
        Path | None,
        typer.Option(
            help="CSV of what was confirmed: patient_id, sample_taken_on, is_crossmatched, is_stable, has_transport."
        ),
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Also write the list as CSV.")] = None,
) -> None:
    """The evening before: does each home visit of the next day have unit, sample, crossmatch, stability, transport?"""
    with terminal.quiet_imports():
        from hemoflow.reports.exports import plain_csv
        from hemoflow.reports.go_no_go import read_confirmations
        from tasks.home import ready_tomorrow

        given = read_confirmations(terminal.read_text(confirmed)) if confirmed else None
        rows = ready_tomorrow(as_of.date().isoformat(), given)
    if rows.empty:
        out.print("No home visit is planned for the next days.")
        return
    print_verdicts(rows)
    out.print(f"{int(rows['is_go'].sum())} of {len(rows)} go. What nobody has confirmed is not there.")
    if output:
        terminal.write_text(output, plain_csv(rows).decode())


def print_verdicts(visits: pd.DataFrame) -> None:
    """Say of each visit whether it goes, and what is lacking."""
    for row in visits.to_dict("records"):
        verdict = "GO   " if row["is_go"] else "NO-GO"
        out.print(f"{verdict}  {row['visit_on']:%Y-%m-%d}  {row['site_id']}  {row['patient_id']}  {row['lacking']}")


SIZES = {
    "nurses": "nurses", "home_patients": "patients", "home_visits": "visits", "clinic_visits_saved": "visits saved",
    "saved_share": "of all", "chair_hours_freed": "chair h", "travel_hours_saved": "way h",
    "most_reactions": "reactions",
}  # fmt: skip
WAYS = {
    "program": "program", "score per nurse hour": "per hour", "first come": "first come", "nearest first": "nearest",
    "most frequent first": "frequent",
}  # fmt: skip


def _short(frame: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    return frame[list(names)].rename(columns=names)


def _sizes(words: str) -> list[float]:
    try:
        sizes = sorted({float(word) for word in words.split(",")})
    except ValueError as error:
        raise UsageError(f"--nurses {words} is no list of numbers.", remedy="Give for example 1,1.5,2.") from error
    if not sizes or sizes[0] <= 0 or sizes[-1] > 1000:  # noqa: PLR2004 - more than any programme
        raise UsageError(f"--nurses {words} is out of range.", remedy="Give numbers above 0 and up to 1000.")
    return sizes
