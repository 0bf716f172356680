"""Words about runs: plan days, look at them, approve them."""

from datetime import datetime
from typing import Annotated

import typer

from flows import terminal
from flows.commands.shared import DEFAULT_SEED, Day, PolicyName, RunName, Seed, opened_store, ready_flow
from flows.terminal import STAGES_OF_A_DAY, out
from hemoflow.domain.errors import UsageError
from hemoflow.settings import Settings

app = typer.Typer()


@app.command(epilog="Example: `hemoflow daily --as-of 2024-10-31`")
def daily(as_of: Day, policy: PolicyName, seed: Seed = DEFAULT_SEED) -> None:
    """Plan one logical day and publish it as a draft. The same day again changes nothing."""
    run = ready_flow("flows.daily", "daily", policy)
    with terminal.engine(), terminal.progress_shown(STAGES_OF_A_DAY):
        run_id = run(as_of.date(), policy, seed)
    print_papers(run_id)


@app.command(
    epilog="Examples: `hemoflow backfill --from 2024-10-24 --to 2024-10-30`, "
    "`hemoflow backfill --from 2024-10-24 --to 2024-10-30 --policy region_demo --policy ours.toml --side-by-side 2`"
)
def backfill(  # noqa: PLR0917 - options of a command
    start: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First logical day.")],
    end: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last logical day.")],
    policy: Annotated[
        list[str],
        typer.Option(
            default_factory=lambda: [Settings().policy],
            show_default="HEMOFLOW_POLICY",
            help="Policy profile: a name or a path. Given more than once, each day is planned under all of them.",
        ),
    ],
    seed: Seed = DEFAULT_SEED,
    every: Annotated[bool, typer.Option("--all", help="Also run days that are already published.")] = False,
    side_by_side: Annotated[int, typer.Option(min=1, help="Days at once, where no day needs the day before.")] = 1,
) -> None:
    """Run past days in order, each seeing only what was known then; published days are skipped."""
    if end < start:
        raise UsageError(f"The backfill ends on {end:%Y-%m-%d}, before it starts.", remedy="Swap the two days.")
    run = ready_flow("flows.backfill", "backfill", *policy)
    first, *others = policy
    days = (end - start).days + 1
    with terminal.engine(), terminal.progress_shown(STAGES_OF_A_DAY * days * len(policy)):
        outcomes = run(
            start.date(), end.date(), first, seed, other_policies=tuple(others), missing_only=not every,
            side_by_side=side_by_side,
        )  # fmt: skip
    for outcome in outcomes:
        under = f"  {outcome.policy}" if others else ""
        out.print(f"{outcome.as_of}  {outcome.result:<10} {outcome.detail}{under}")


@app.command(epilog="Example: `hemoflow review --as-of 2024-11-01`")
def review(as_of: Day, policy: PolicyName) -> None:
    """Look back: plans and need models of the 31 days before, against what came."""
    run = ready_flow("flows.review", "review", policy)
    with terminal.engine():
        out.print(run(as_of.date(), policy))


@app.command(epilog="Example: `hemoflow runs`")
def runs(limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20) -> None:
    """List runs."""
    with opened_store() as store:
        records = store.runs(limit)
    if not records:
        out.print("No runs yet. Start with: hemoflow daily --as-of 2024-10-31")
    for record in records:
        out.print(
            f"{record.run_id}  {record.as_of}  {record.status:<12} policy {record.policy_name} {record.policy_version}"
        )


@app.command(epilog="Example: `hemoflow show 2024-10-31`")
def show(run: RunName) -> None:
    """Show a run: stock, order list, key figures, and where its papers are."""
    with opened_store() as store:
        record = store.run(run)
        out.print(f"[bold]{record.run_id}[/]  {record.status}  model {record.model_id or 'none'}")
        for name, title, columns in SHOWN:
            frame = store.result(record.run_id, name)
            if len(frame):
                terminal.print_frame(frame[columns], title)
        for execution in store.executions(record.run_id)[-1:]:
            took = (execution.finished_at - execution.started_at).total_seconds()
            out.print(f"Last carried out {execution.started_at:%Y-%m-%d %H:%M} UTC in {took:.1f} s")
    print_papers(record.run_id)


@app.command(epilog="Example: `hemoflow approve 2024-10-31 --by 'Dr A. Planner' --reason 'checked with Barts'`")
def approve(
    run: RunName,
    by: Annotated[str, typer.Option(help="Who approves.")],
    reason: Annotated[str, typer.Option(help="Why, or what was changed by hand.")] = "",
) -> None:
    """Approve a draft. From then on nothing can overwrite it."""
    with opened_store() as store:
        approval = store.approve(store.run(run).run_id, by, reason)
    out.print(f"Approved {approval.run_id} by {approval.approved_by}.")


SHOWN = (
    (
        "stock_status",
        "Days of stock",
        ["blood_group", "available_units", "average_daily_demand_units", "days_of_stock", "phase"],
    ),
    ("orders", "Order for tomorrow", ["blood_group", "order_units", "external_today_units", "reason"]),
    ("kpis", "Key figures", ["kpi", "value", "unit", "target"]),
)


def print_papers(run_id: str) -> None:
    """Say where the papers of a run are."""
    from hemoflow.reports.header import VERDICTS

    with opened_store() as store:
        record = store.run(run_id)
        folder = store.run_folder(run_id)
    out.print(f"Run {record.run_id}: {record.status}, {VERDICTS[record.status]}")
    for path in sorted((folder / "publication").glob("*.html")) + sorted(
        (folder / "assignment").glob("plan-o-pos.json")
    ):
        out.print(f"  {path}")
