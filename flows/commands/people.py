"""Words about what people decide: changes by hand, trials, and the ledger that keeps them."""

from getpass import getuser
from typing import Annotated

import typer

from flows import terminal
from flows.commands.shared import By, PolicyName, RunName, opened_store
from flows.terminal import out
from hemoflow.domain.errors import UsageError, VerificationError

app = typer.Typer()
TrialName = Annotated[str, typer.Argument(help="Trial, as `hemoflow what-ifs` names it.")]
Reason = Annotated[str, typer.Option(help="Why.")]


@app.command(
    epilog="Example: `hemoflow override 2024-10-31 orders component=red_cells blood_group=O- --to 5 --by 'Dr A' "
    "--reason 'holiday tomorrow'`"
)
def override(  # noqa: PLR0917 - options of a command
    run: RunName,
    table: Annotated[str, typer.Argument(help="orders (units), allocations (unit) or routes (place).")],
    row: Annotated[list[str], typer.Argument(help="What names the row, as column=value.")],
    to: Annotated[str, typer.Option(help="The new value; empty takes a unit off its line.")],
    by: By,
    reason: Annotated[str, typer.Option(help="Why.")],
) -> None:
    """Change one row of a draft by hand; an unsafe change is refused, whoever asks."""
    wrong = [words for words in row if "=" not in words]
    if wrong:
        raise UsageError(f"'{wrong[0]}' names no column.", remedy="Write column=value.")
    key = dict(words.split("=", 1) for words in row)
    value = int(to) if table == "orders" and to.lstrip("-").isdigit() else to or None
    with opened_store() as store:
        change = store.override(store.run(run).run_id, table, key, value, by=by, reason=reason)
    out.print(f"{change.table}: {change.field} of {' '.join(row)} is now {change.after}, was {change.before}.")


@app.command(epilog="Example: `hemoflow ledger --about 2024-10-31`")
def ledger(
    about: Annotated[str, typer.Option(help="Only what concerns this run, day or user.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many, newest last.")] = 40,
) -> None:
    """Show who did what and why, and check the chain; exit code 7 when somebody has changed it."""
    with opened_store() as store:
        entries = [entry for entry in store.ledger() if entry.subject.startswith(about)]
        faults = store.verify_ledger() + store.verify_approvals()
    for entry in entries[-limit:]:
        out.print(f"{entry.number:>5}  {entry.at:%Y-%m-%d %H:%M}  {entry.kind:<9} {entry.subject}  {entry.by_name}")
        out.print(f"       {entry.reason}  {entry.detail}  seal {entry.sha256[:12]}", style="dim")
    if faults:
        raise VerificationError("The record was changed: " + " ".join(faults))
    out.print(f"{len(entries)} entries; chain, approved runs, their files and rows are as they were.")


@app.command(
    "what-if", epilog="Example: `hemoflow what-if 2024-10-31 --set supply.target_days_of_stock=8 --set stock.O-=-20`"
)
def what_if(
    run: RunName,
    changes: Annotated[list[str], typer.Option("--set", help="What is different, key=value; may be given often.")],
    policy: PolicyName,
    by: Annotated[str, typer.Option(help="Who tries.", default_factory=getuser, show_default="you")],
) -> None:
    """Plan a day again with another policy, stock, phase or capacity, and show what comes of it; nothing is changed."""
    with terminal.quiet_imports():
        from flows.what_if import try_out
    from hemoflow.reports.difference import in_lines

    trial = try_out(run, changes, by, policy)
    for line in in_lines({name: rows for name, rows in trial.difference.items() if name != "run_id"}):
        out.print(line)
    out.print(f"Trial {trial.what_if_id}: hemoflow adopt {trial.what_if_id} --by NAME, or hemoflow discard.")


@app.command("what-ifs", epilog="Example: `hemoflow what-ifs`")
def what_ifs() -> None:
    """List trials, newest first."""
    with opened_store() as store:
        trials = store.what_ifs()
    for trial in trials:
        words = " ".join(f"{key}={value}" for key, value in trial.changes.items())
        out.print(f"{trial.what_if_id}  {trial.status:<9} {trial.run_id}  {trial.made_by}  {words}")


@app.command(epilog="Example: `hemoflow adopt what-if-0123456789ab --by 'Dr A' --reason 'long weekend'`")
def adopt(trial: TrialName, by: By, reason: Reason = "") -> None:
    """Make a trial the draft of its day; it still needs approval."""
    with terminal.quiet_imports():
        from tasks.trial import adopt as take

    out.print(f"{trial} is now the draft {take(trial, by, reason).adopted_run_id}.")


@app.command(epilog="Example: `hemoflow discard what-if-0123456789ab --by 'Dr A'`")
def discard(trial: TrialName, by: By, reason: Reason = "") -> None:
    """Put a trial away."""
    with opened_store() as store:
        store.discard_what_if(trial, by=by, reason=reason)
    out.print(f"{trial} is discarded.")
