"""Words about visits: accept or defer one, and answer for one at home; what the cockpit's forms do, in words."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from flows import terminal
from flows.commands.home import print_verdicts
from flows.commands.shared import By, RunName, opened_store
from flows.terminal import out
from hemoflow.domain.decisions import Cause, Choice, Wish
from hemoflow.domain.errors import UsageError

app = typer.Typer()
Patient = Annotated[str, typer.Argument(help="Pseudonym of the patient, as the list shows it.")]
Reason = Annotated[str, typer.Option(help="Why, or a remark.")]


class Word(StrEnum):
    """What one may say about a visit."""

    ACCEPT = "accept"
    DEFER = "defer"
    REOPEN = "reopen"


CHOICES = {Word.ACCEPT: Choice.ACCEPT, Word.DEFER: Choice.DEFER, Word.REOPEN: Choice.OPEN}


@app.command(
    epilog="Example: `hemoflow decide 2024-10-30 p_0123456789abcdef defer --until 2024-11-01 --for 'patient asked' "
    "--by 'Nurse A' --reason 'travels'`"
)
def decide(
    run: RunName,
    patient: Patient,
    word: Annotated[Word, typer.Argument(help="What becomes of the visit.")],
    *,
    by: By,
    reason: Reason = "",
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day to which it is deferred.")] = None,
    cause: Annotated[Cause | None, typer.Option("--for", help="What it is deferred for.")] = None,
    clinician: Annotated[str, typer.Option(help="Clinician who answers for it, where safety asks for one.")] = "",
    at: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
            help="When it was decided, local time, where it is written down later; now, if left out.",
        ),
    ] = None,
) -> None:
    """Accept or defer a visit, or reopen the question; the plan stays as it is, and later days carry a deferral."""
    from hemoflow.reports.decided import WORDS

    wish = Wish(CHOICES[word], until.date() if until else None, cause, clinician.strip())
    if wish.choice is not Choice.DEFER and wish != Wish(wish.choice):
        raise UsageError(f"To {word} a visit takes no day, cause or clinician.", remedy="Leave them out.")
    with opened_store() as store:
        said_at = at.astimezone() if at else None
        done = store.decide(store.run(run).run_id, patient, wish, by=by, reason=reason, at=said_at)
    to = f" to {done.wish.until_on}, for: {done.wish.cause}" if done.wish.until_on else ""
    out.print(f"The visit of {patient} is {WORDS[wish.choice]}{to}. Decided {done.at:%Y-%m-%d %H:%M} UTC by {done.by}.")
    if done.wish.until_on:
        out.print(f"Runs of days after {done.run_on} whose cut is later than that carry it.")


@app.command(
    epilog="Examples: `hemoflow confirm 2024-10-30 p_0123456789abcdef --crossmatched --by 'Lab B'`, "
    "`hemoflow confirm 2024-10-30 p_0123456789abcdef --sample-taken 2024-10-30 --stable --transport --by 'Nurse A'`"
)
def confirm(
    run: RunName,
    patient: Patient,
    *,
    by: By,
    reason: Reason = "",
    sample_taken: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of the sample for the crossmatch.")
    ] = None,
    crossmatched: Annotated[
        bool | None, typer.Option("--crossmatched/--not-crossmatched", help="Laboratory: is the crossmatch done?")
    ] = None,
    stable: Annotated[bool | None, typer.Option("--stable/--not-stable", help="Clinic: stable on the call?")] = None,
    transport: Annotated[
        bool | None, typer.Option("--transport/--no-transport", help="Clinic: is the transport booked?")
    ] = None,
) -> None:
    """Answer for a home visit; what is left out stays as it was answered, and unanswered it is a no-go."""
    given = {
        "sample_taken_on": sample_taken.date() if sample_taken else None,
        "is_crossmatched": crossmatched,
        "is_stable": stable,
        "has_transport": transport,
    }
    said = {name: value for name, value in given.items() if value is not None}
    if not said:
        raise UsageError("Nothing was answered.", remedy="Give at least one answer, for example --stable.")
    with opened_store() as store:
        store.confirm(store.run(run).run_id, patient, said, by=by, reason=reason)
    with terminal.quiet_imports():
        from tasks.home import ready_tomorrow

        visits = ready_tomorrow(run, None)
    print_verdicts(visits[visits["patient_id"] == patient])
