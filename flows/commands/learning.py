"""Words about learned models."""

import typer

from flows import terminal
from flows.commands.shared import DEFAULT_SEED, Day, PolicyName, Seed, opened_store, ready_flow
from flows.terminal import out

app = typer.Typer()


@app.command(epilog="Example: `hemoflow train --as-of 2024-10-23`")
def train(as_of: Day, policy: PolicyName, seed: Seed = DEFAULT_SEED) -> None:
    """Train, evaluate and promote a need model on what was known at the cut of a day."""
    run = ready_flow("flows.train", "train", policy)
    with terminal.engine(), terminal.progress_shown(3):
        model_id = run(as_of.date(), policy, seed)
    _print_model(model_id)


def _print_model(model_id: str) -> None:
    with opened_store() as store:
        record = store.model(model_id)
    out.print(f"Model {model_id} promoted. Card: {record.folder / 'card.md'}")
