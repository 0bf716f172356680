"""Words about segments: rules that a person may edit, and where they and the clusters part."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows import terminal
from flows.commands.shared import PolicyName, opened_store
from flows.terminal import out
from hemoflow.domain.errors import StateError
from hemoflow.settings import Settings

if TYPE_CHECKING:
    from hemoflow.store import Store
    from models.segmentation import SegmentationModel

app = typer.Typer()
rules_app = typer.Typer(no_args_is_help=True, help="Rules of the segments: export, edit, check.")
app.add_typer(rules_app, name="rules")

AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="Logical day; left out, the day of the newest segmentation."),
]
LAST_DAY = datetime(9999, 12, 31)  # noqa: DTZ001 - a calendar day


@rules_app.command(epilog="Example: `hemoflow rules export rules.toml`")
def export(
    file: Annotated[Path, typer.Argument(help="TOML file to write.")],
    as_of: AsOf = None,
) -> None:
    """Write the rules of the newest segmentation as a file to edit and to name in the policy."""
    from models.segmentation.rules_file import write_rules

    with opened_store() as store:
        model, model_id = _newest(store, as_of)
    terminal.write_text(file, write_rules(model.rules, model_id))
    out.print(f"{len(model.rules)} rules of {model_id} -> {file}")
    out.print(f"Edit them, then: hemoflow rules check {file}")


@rules_app.command(epilog="Example: `hemoflow rules check rules.toml`")
def check(
    file: Annotated[Path, typer.Argument(help="Rules file.")],
    policy: PolicyName,
    as_of: AsOf = None,
) -> None:
    """Read a rules file and show whom each rule covers, and where rules and clusters part."""
    from hemoflow.domain.policy import load_policy
    from models.segmentation.rules_file import read_rules
    from models.segmentation.ruling import compare
    from tasks.segmentation import outpatients

    profile = load_policy(policy)
    with opened_store() as store:
        model, model_id = _newest(store, as_of)
        day = as_of.date() if as_of else model.trained_as_of
        rules = read_rules(terminal.read_text(file), profile.segmentation.rule_conditions, model.segments)
        people = outpatients(store, profile, day, Settings().asking)
    told = compare(model.place(people, profile.routing.uncertainty_margin), people, rules)
    out.print(f"{len(rules)} rules, beside {model_id}, over patients known on {day}. {told.words}")
    for rule in told.rules.itertuples():
        share = f"{rule.in_segment_share:.2f} ({rule.low_share:.2f} to {rule.high_share:.2f})"
        out.print(f"{rule.rule_id}  covers {rule.patients}, {share} of them in segment {rule.segment}: {rule.words}")
    terminal.print_frame(told.partings, "Patients by cluster segment and by what the rules say")


def _newest(store: "Store", as_of: datetime | None) -> "tuple[SegmentationModel, str]":
    from tasks.segmentation import newest

    day = (as_of or LAST_DAY).date()
    model, model_id = newest(store, day)
    if model is None:
        raise StateError("No segmentation is kept yet.", remedy="Run `hemoflow train --as-of DAY` first.")
    return model, model_id
