"""Words about learned models."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from flows import terminal
from flows.commands.shared import DEFAULT_SEED, PolicyName, Seed, opened_store, ready_flow
from flows.terminal import out
from hemoflow.domain.errors import UsageError
from hemoflow.settings import Settings

app = typer.Typer()
STUDIES = ("mimic-iv",)
"""Kinds of folders that are trained on and evaluated as they are, without loading them into the home."""
COHORT = "demo-region"

Trials = Annotated[
    int | None, typer.Option("--trials", min=0, help="Budget of the search for settings; the policy's when left out.")
]
Folder = Annotated[Path | None, typer.Option(help="Folder of that source; the shipped data when left out.")]


@app.command(epilog="Example: `hemoflow train --as-of 2024-10-23`")
def train(
    policy: PolicyName,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Logical day; what came later is not seen.")
    ] = None,
    source: Annotated[str, typer.Option(help="Train on a folder instead of the home: mimic-iv.")] = "",
    path: Folder = None,
    *,
    trials: Trials = None,
    seed: Seed = DEFAULT_SEED,
) -> None:
    """Train, evaluate and promote need models on what was known at the cut of a day, or on a folder of a source."""
    policy = _searching(policy, trials)
    if source:
        _print_model(_trained_on(source, path, policy, seed))
        return
    if as_of is None:
        raise UsageError("Nothing says what to train on.", remedy="Give --as-of DAY, or --source and --path.")
    run = ready_flow("flows.train", "train", policy)
    with terminal.engine(), terminal.progress_shown(3):
        model_id = run(as_of.date(), policy, seed)
    _print_model(model_id)


@app.command(epilog="Example: `hemoflow evaluate --source mimic-iv --path data/mimic-iv-demo --json figures.json`")
def evaluate(
    policy: PolicyName,
    source: Annotated[
        str, typer.Option(help="Folder to judge the 24-hour models on: mimic-iv; demo-region: the units of 28 days.")
    ],
    *,
    path: Folder = None,
    trials: Trials = None,
    deep: Annotated[bool, typer.Option("--deep", help="Judge the recurrent net too; needs the extra deep.")] = False,
    patients: Annotated[int, typer.Option(min=20, help="Size of the synthetic cohort of demo-region.")] = 800,
    summary: Annotated[Path | None, typer.Option("--json", help="Write the figures here too.")] = None,
    seed: Seed = DEFAULT_SEED,
) -> None:
    """Evaluate need models on patients whom they have never seen.

    Scored by the promoted model of `hemoflow train --source` where the folder has patients whom it has not seen (those
    only); else by cross-validation, in which each patient is scored by a model trained on the others. For demo-region
    a cohort of chronic outpatients is drawn and split in time.
    """
    policy = _searching(policy, trials)
    figures = _cohort(patients, policy, seed) if source == COHORT else _study(source, path, policy, seed, deep=deep)
    if summary:
        terminal.write_text(summary, json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
    if source == COHORT:
        out.print_json(data=figures)
    else:
        _print_figures(figures)


def _searching(policy: str, trials: int | None) -> str:
    """The policy with another budget of the search."""
    return policy if trials is None else f"{policy}{'&' if '?' in policy else '?'}need.search_trials={trials}"


def _study(source: str, path: Path | None, policy: str, seed: int, *, deep: bool) -> dict[str, Any]:
    from hemoflow.domain.policy import load_policy
    from tasks.study import evaluated

    return evaluated(
        _folder(source, path, (*STUDIES, COHORT)), load_policy(policy), seed=seed, settings=Settings(), deep=deep
    )


def _cohort(patients: int, policy: str, seed: int) -> dict[str, Any]:
    from hemoflow.domain.policy import load_policy
    from tasks.cohort import cohort_evaluated

    return cohort_evaluated(patients, load_policy(policy), seed=seed, threads=Settings().threads)


@app.command(epilog="Example: `hemoflow models`")
def models(kind: Annotated[str, typer.Option(help="Only this kind, for example need.")] = "") -> None:
    """List trained models, of each kind first the one in force for the newest day."""
    with opened_store() as store:
        kinds = dict.fromkeys(record.kind for record in store.models(kind))
        told = [each for name in sorted(kinds) for each in store.standings(name, *_newest_day(name))]
    if not told:
        out.print("No models yet. Start with: hemoflow train --as-of 2024-10-24")
    for record, state in told:
        out.print(f"{record.model_id}  {record.kind}  trained as of {record.trained_as_of}  {state}")
        if record.decision:
            out.print(f"  {record.decision}")


@app.command(epilog="Example: `hemoflow promote need-2024-10-24-0123456789ab`")
def promote(model_id: Annotated[str, typer.Argument(help="Model version.")]) -> None:
    """Let runs use a model; of several trained as of the same day, the last promoted is used."""
    with opened_store() as store:
        record = store.promote(model_id, store.model(model_id).after("Promoted by hand"))
    out.print(f"Model {record.model_id} promoted.")


@app.command(epilog="Example: `hemoflow pin need-2024-10-24-0123456789ab`")
def pin(model_id: Annotated[str, typer.Argument(help="Model version.")]) -> None:
    """Print the setting with which a deployment keeps to a need model, whatever is promoted later."""
    with opened_store() as store:
        record = store.model(model_id)
    if record.kind != "need":
        raise UsageError(
            f"Model {model_id} is of kind '{record.kind}'.", remedy="Pin one of `hemoflow models --kind need`."
        )
    out.print(f"HEMOFLOW_NEED_MODEL={record.model_id}", soft_wrap=True)


@app.command(epilog="Example: `hemoflow rollback`")
def rollback(kind: Annotated[str, typer.Option(help="Kind of model.")] = "need") -> None:
    """Withdraw the model of a kind that was promoted last; the one before it is used again."""
    with opened_store() as store:
        withdrawn, current = store.roll_back(kind)
    out.print(f"Model {withdrawn.model_id} withdrawn; {current.model_id} is used again.")


def _newest_day(kind: str) -> tuple[date | None, str]:
    """The day on which models of a kind are looked at, none for those of a study, and the version pinned."""
    is_daily = kind.removeprefix("need-") not in STUDIES
    return date.max if is_daily else None, Settings().need_model if kind == "need" else ""


def _trained_on(source: str, path: Path | None, policy: str, seed: int) -> str:
    from hemoflow.domain.policy import load_policy
    from tasks.study import trained

    return trained(_folder(source, path), load_policy(policy), seed=seed, settings=Settings()).model_id


def _folder(source: str, path: Path | None, kinds: Sequence[str] = STUDIES) -> Path:
    from hemoflow.connectors.registry import shipped_folder, source_of

    if source not in STUDIES:
        raise UsageError(f"A folder of '{source}' cannot be used so.", remedy=f"Use one of: {', '.join(kinds)}.")
    return Path(source_of(source, path or shipped_folder(source, Settings().data)).path)


def _print_figures(figures: dict[str, Any]) -> None:
    alone = figures["baseline_last_haemoglobin"]
    out.print(f"{figures['n']} days, {figures['positives']} positive, {figures['patients']} patients.")
    out.print(f"Scored by: {figures['scored_by']}. {figures['model_id']}")
    for name in ("auroc", "auprc", "brier", "calibration_slope", "calibration_intercept"):
        beside = f"; last haemoglobin alone {alone[name]}" if name in alone else ""
        out.print(f"{name:<22} {figures[name]} (95 % {figures[f'{name}_interval']}){beside}")
    for name in ("gain_auroc", "gain_auprc"):
        out.print(f"{name:<22} {figures[name]} (95 % {figures[f'{name}_interval']})")
    week = figures["within_8_days"]
    out.print(f"Within 8 days: {week['positives']} positive, AUROC {week['auroc']}, slope {week['calibration_slope']}.")


def _print_model(model_id: str) -> None:
    with opened_store() as store:
        record = store.model(model_id)
    out.print(f"Model {model_id}. {record.decision} Card: {record.folder / 'card.html'}")
