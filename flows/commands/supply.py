"""Words about the program itself, without a store or an engine."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from flows import terminal
from flows.terminal import out

app = typer.Typer()


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
