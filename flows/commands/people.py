"""Words about what people decide: changes by hand, and the ledger that keeps them."""

from typing import Annotated

import typer

from flows.commands.shared import By, RunName, opened_store
from flows.terminal import out
from hemoflow.domain.errors import UsageError, VerificationError

app = typer.Typer()


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
