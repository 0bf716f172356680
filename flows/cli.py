"""The command `hemoflow`. It lives here because it starts flows; heavy imports wait until a command needs them."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows import terminal
from flows.terminal import STAGES_OF_A_DAY, errors_in_words, out
from hemoflow.domain.errors import StateError, UsageError
from hemoflow.settings import Settings

if TYPE_CHECKING:
    from hemoflow.store import Store

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Precision blood management: one run a day, from what is known at 08:00 to the order list.",
)

Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Logical day, for example 2024-10-31.")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]
PolicyName = Annotated[
    str,
    typer.Option(
        default_factory=lambda: Settings().policy,
        show_default="HEMOFLOW_POLICY",
        help="Policy profile: a name or a path.",
    ),
]
DEFAULT_SEED = 1


@app.command(epilog="Example: `hemoflow init`")
def init() -> None:
    """Create the home folder, its store and a local key for pseudonyms."""
    from hemoflow.connectors.pseudonyms import key_from

    settings = Settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    key_from(settings.pseudonym_key.get_secret_value(), settings.home)
    with _store() as store:
        store.init()
    out.print(f"Home [bold]{settings.home}[/] is ready. Next: hemoflow ingest")


@app.command(epilog="Example: `hemoflow ingest --source mimic-iv --path ~/mimic-iv-3.1`")
def ingest(
    source: Annotated[
        str, typer.Option(help="Register and load this kind of source: demo-region, mimic-iv, fhir-r4 or omop-cdm.")
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
    run = _flow("flows.ingest", "ingest", settings.policy)
    with terminal.engine(), terminal.progress_shown(2):
        run()
    with _store() as store:
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


@app.command(epilog="Example: `hemoflow train --as-of 2024-10-23`")
def train(as_of: Day, policy: PolicyName, seed: Seed = DEFAULT_SEED) -> None:
    """Train, evaluate and promote a need model on what was known at the cut of a day."""
    run = _flow("flows.train", "train", policy)
    with terminal.engine(), terminal.progress_shown(3):
        model_id = run(as_of.date(), policy, seed)
    _print_model(model_id)


@app.command(epilog="Example: `hemoflow daily --as-of 2024-10-31`")
def daily(as_of: Day, policy: PolicyName, seed: Seed = DEFAULT_SEED) -> None:
    """Plan one logical day and publish it as a draft. The same day again changes nothing."""
    run = _flow("flows.daily", "daily", policy)
    with terminal.engine(), terminal.progress_shown(STAGES_OF_A_DAY):
        run_id = run(as_of.date(), policy, seed)
    _print_papers(run_id)


@app.command(epilog="Example: `hemoflow backfill --from 2024-10-24 --to 2024-10-30`")
def backfill(
    start: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First logical day.")],
    end: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last logical day.")],
    policy: PolicyName,
    seed: Seed = DEFAULT_SEED,
    every: Annotated[bool, typer.Option("--all", help="Also run days that are already published.")] = False,
) -> None:
    """Run past days in order, each seeing only what was known then; published days are skipped."""
    if end < start:
        raise UsageError(f"The backfill ends on {end:%Y-%m-%d}, before it starts.", remedy="Swap --from and --to.")
    run = _flow("flows.backfill", "backfill", policy)
    with terminal.engine(), terminal.progress_shown(STAGES_OF_A_DAY * ((end - start).days + 1)):
        outcomes = run(start.date(), end.date(), policy, seed, missing_only=not every)
    for outcome in outcomes:
        out.print(f"{outcome.as_of}  {outcome.result:<10} {outcome.detail}")
    if any(outcome.result == "failed" for outcome in outcomes):
        raise StateError("The backfill stopped at a day that failed.", remedy="Mend the cause and run it again.")


@app.command(epilog="Example: `hemoflow assign instance.json -o plan.json --continuous`")
def assign(
    instance: Annotated[Path, typer.Argument(help="Instance, schema hemoflow-supply/1.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Plan to write, schema hemoflow-plan/1.")],
    continuous: Annotated[bool, typer.Option("--continuous", help="Allow fractions of units.")] = False,
    terminal_rule: Annotated[
        str, typer.Option(help="no_growth, clear or free; the instance's own when left out.")
    ] = "",
) -> None:
    """Solve the assignment program of one blood group: fewest external units, then the most even days."""
    from optimization.ladder import solve
    from optimization.problem import Instance

    problem = Instance.from_json(terminal.read_text(instance))
    if terminal_rule:
        problem = replace(problem, terminal_rule=terminal_rule)
    plan = solve(problem, integer=not continuous)
    terminal.write_text(output, plan.to_json())
    out.print(f"external units {plan.external_units:g}, range {plan.range:g}, outdates {plan.outdates:g} -> {output}")


@app.command(epilog="Example: `hemoflow verify instance.json plan.json --optimal`")
def verify(
    instance: Annotated[Path, typer.Argument(help="Instance, schema hemoflow-supply/1.")],
    plan: Annotated[Path, typer.Argument(help="Plan, schema hemoflow-plan/1.")],
    optimal: Annotated[bool, typer.Option("--optimal", help="Also re-derive both optima without the program.")] = False,
) -> None:
    """Judge a plan in plain Python: every constraint and the bookkeeping; exit code 7 when it is refused."""
    from hemoflow.domain.errors import VerificationError
    from optimization.plan import Plan
    from optimization.problem import Instance
    from optimization.verifier import verify as judge
    from optimization.verifier import verify_optimal

    problem, answer = Instance.from_json(terminal.read_text(instance)), Plan.from_json(terminal.read_text(plan))
    faults = (verify_optimal if optimal else judge)(problem, answer)
    if faults:
        raise VerificationError("Refused: " + "; ".join(faults) + ".")
    out.print(
        f"Accepted: {plan.name} keeps every constraint of {instance.name}" + (", and is optimal." if optimal else ".")
    )


@app.command(epilog="Example: `hemoflow runs`")
def runs(limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20) -> None:
    """List runs."""
    with _store() as store:
        records = store.runs(limit)
    if not records:
        out.print("No runs yet. Start with: hemoflow daily --as-of 2024-10-31")
    for record in records:
        out.print(
            f"{record.run_id}  {record.as_of}  {record.status:<12} policy {record.policy_name} {record.policy_version}"
        )


@app.command(epilog="Example: `hemoflow show 2024-10-31`")
def show(run: Annotated[str, typer.Argument(help="Run, the beginning of its name, or a day.")]) -> None:
    """Show a run: stock, order list, key figures, and where its papers are."""
    with _store() as store:
        record = store.run(run)
        out.print(f"[bold]{record.run_id}[/]  {record.status}  model {record.model_id or 'none'}")
        for name, title, columns in SHOWN:
            frame = store.result(record.run_id, name)
            if len(frame):
                terminal.print_frame(frame[columns], title)
        for execution in store.executions(record.run_id)[-1:]:
            took = (execution.finished_at - execution.started_at).total_seconds()
            out.print(f"Last carried out {execution.started_at:%Y-%m-%d %H:%M} UTC in {took:.1f} s")
    _print_papers(record.run_id)


@app.command(epilog="Example: `hemoflow approve 2024-10-31 --by 'Dr A. Planner' --reason 'checked with Barts'`")
def approve(
    run: Annotated[str, typer.Argument(help="Run, the beginning of its name, or a day.")],
    by: Annotated[str, typer.Option(help="Who approves.")],
    reason: Annotated[str, typer.Option(help="Why, or what was changed by hand.")] = "",
) -> None:
    """Approve a draft. From then on nothing can overwrite it."""
    with _store() as store:
        approval = store.approve(store.run(run).run_id, by, reason)
    out.print(f"Approved {approval.run_id} by {approval.approved_by}.")


@app.command(epilog="Example: `hemoflow serve`")
def serve(
    port: Annotated[int, typer.Option(help="Port of the Prefect server on this machine.")] = 4200,
    cron: Annotated[str, typer.Option(help="When the daily run starts, in the policy's time zone.")] = "0 5 * * *",
) -> None:
    """Start a Prefect server with its UI, and serve the daily run, training and backfill to it."""
    from flows.serving import serve_here

    serve_here(port, cron)


@app.command(epilog="Example: `hemoflow demo`")
def demo() -> None:
    """The whole story on shipped data: history, model, the last day, the seven days before."""
    from flows.demo import tell

    tell()


SHOWN = (
    (
        "stock_status",
        "Days of stock",
        ["blood_group", "available_units", "average_daily_demand_units", "days_of_stock", "phase"],
    ),
    ("orders", "Order for tomorrow", ["blood_group", "order_units", "external_today_units", "reason"]),
    ("kpis", "Key figures", ["kpi", "value", "unit", "target"]),
)


def main() -> None:
    """Entry point of the console command."""
    with errors_in_words():
        app()


@contextmanager
def _store() -> Iterator["Store"]:
    from hemoflow.store import open_store

    settings = Settings()
    with open_store(settings.store_url, settings.home) as store:
        yield store


def _flow(module: str, name: str, policy: str) -> Callable[..., Any]:
    """The flow, once everything that can be wrong with the words is known to be right: its engine takes seconds."""
    from hemoflow.domain.policy import load_policy

    load_policy(policy)
    with _store() as store:
        store.runs(1)
    url = terminal.prepare_engine()
    terminal.err.print(f"Prefect server: {url}" if url else "Prefect: ephemeral engine, started for this command")
    with terminal.quiet_imports():
        from importlib import import_module

        flow: Callable[..., Any] = getattr(import_module(module), name)
    return flow


def _print_papers(run_id: str) -> None:
    with _store() as store:
        record = store.run(run_id)
        folder = store.run_folder(run_id)
    out.print(f"Run {record.run_id}: {record.status}")
    for path in sorted((folder / "publication").glob("*.html")) + sorted(
        (folder / "assignment").glob("plan-o-pos.json")
    ):
        out.print(f"  {path}")


def _print_model(model_id: str) -> None:
    with _store() as store:
        record = store.model(model_id)
    out.print(f"Model {model_id} promoted. Card: {record.folder / 'card.md'}")
