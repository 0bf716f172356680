"""Words about the program itself, without a store or an engine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows import terminal
from flows.terminal import out
from hemoflow.domain.errors import UsageError, VerificationError

if TYPE_CHECKING:
    from optimization.documents import GroupDocument, NetworkDocument, Solved

app = typer.Typer()
Problem = Annotated[Path, typer.Argument(help="Problem, schema hemoflow-supply/1 or hemoflow-network/1.")]


@app.command(epilog="Example: `hemoflow assign instance.json -o plan.json --continuous`")
def assign(  # noqa: PLR0917 - options of a command
    instance: Problem,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Plan to write: hemoflow-plan/1 or hemoflow-network-plan/1.")
    ],
    continuous: Annotated[bool, typer.Option("--continuous", help="Allow fractions of units.")] = False,
    terminal_rule: Annotated[str, typer.Option(help="no_growth, clear or free; the problem's own when left out.")] = "",
    ladder: Annotated[
        str, typer.Option(help="Rungs in their order, with commas between; the problem's own when left out.")
    ] = "",
    tolerance: Annotated[
        list[str] | None, typer.Option(help="rung=units that later rungs may take back; may be repeated.")
    ] = None,
    time_limit: Annotated[float, typer.Option(min=0.0, help="Seconds for all rungs together.")] = 600.0,
    picture: Annotated[Path | None, typer.Option(help="Draw the plan day by day into this SVG file.")] = None,
) -> None:
    """Solve an assignment problem, judge the plan, and write it: one blood group, or a whole region."""
    problem = _read(instance)
    if terminal_rule:
        problem = problem.with_terminal_rule(terminal_rule)
    rungs = tuple(name.strip() for name in ladder.split(",") if name.strip())
    problem = problem.with_ladder(rungs, _tolerances(tolerance or []))
    solved = problem.answer(integer=not continuous, time_limit_s=time_limit)
    terminal.write_text(output, solved.text)
    if picture:
        terminal.write_text(picture, _drawn(problem.name, solved))
    out.print(f"{solved.headline} -> {output}", markup=False)


@app.command(epilog="Example: `hemoflow verify instance.json plan.json --optimal`")
def verify(
    instance: Problem,
    plan: Annotated[Path, typer.Argument(help="Plan, schema hemoflow-plan/1 or hemoflow-network-plan/1.")],
    optimal: Annotated[
        bool, typer.Option("--optimal", help="Also derive the optima anew: one group without the program.")
    ] = False,
) -> None:
    """Judge a plan in plain Python: every constraint and the bookkeeping; exit code 7 when it is refused."""
    faults = _read(instance).faults(terminal.read_text(plan), str(plan), optimal=optimal)
    if faults:
        raise VerificationError("Refused: " + "; ".join(faults) + ".")
    out.print(
        f"Accepted: {plan.name} keeps every constraint of {instance.name}" + (", and is optimal." if optimal else "."),
        markup=False,
    )


@app.command(epilog="Example: `hemoflow explain instance.json`")
def explain(
    instance: Problem,
    plan: Annotated[Path | None, typer.Argument(help="Its plan; solved anew when left out.")] = None,
    group: Annotated[str, typer.Option(help="Region: worth of one more unit of this group.")] = "O-",
    most: Annotated[
        int, typer.Option(min=0, help="Region: most rows and deadlines explained; each takes a solve.")
    ] = 5,
) -> None:
    """Answer why units come from outside, what one more unit would be worth, and which deadlines bind."""
    from hemoflow.domain.blood_groups import BloodGroup

    if group not in list(BloodGroup):
        raise UsageError(f"There is no group {group!r}.", remedy=f"Use one of {', '.join(BloodGroup)}.")
    text, source = (terminal.read_text(plan), str(plan)) if plan else ("", "")
    for sentence in _read(instance).explained(text, source, group=BloodGroup(group), most=most):
        out.print(f"- {sentence}", markup=False)


def _read(path: Path) -> "GroupDocument | NetworkDocument":
    from optimization.documents import read_document

    return read_document(terminal.read_text(path), str(path))


def _tolerances(words: list[str]) -> dict[str, int]:
    given = {}
    for entry in words:
        rung, _, units = entry.partition("=")
        if not (rung.strip() and units.strip().isdecimal()):
            raise UsageError(f"--tolerance {entry!r} is not rung=units.", remedy="Write for example external_units=2.")
        given[rung.strip()] = int(units)
    return given


def _drawn(name: str, solved: "Solved") -> str:
    from hemoflow.reports.plan_picture import PlanPicture, plan_svg

    days = [str(t) for t in range(1, len(solved.account.own_units) + 1)]
    return plan_svg(PlanPicture(name, days, *solved.account))
