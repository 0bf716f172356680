"""What every command shares: options, the store, and a flow that starts only once its words are known to be right."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows import terminal
from hemoflow.settings import Settings

if TYPE_CHECKING:
    from hemoflow.store import Store

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
RunName = Annotated[str, typer.Argument(help="Run, the beginning of its name, or a day.")]
By = Annotated[str, typer.Option(help="Who does this.")]
DEFAULT_SEED = 1


@contextmanager
def opened_store() -> Iterator["Store"]:
    """The store of the settings, open."""
    from hemoflow.store import open_store

    settings = Settings()
    with open_store(settings.store_url, settings.home) as store:
        yield store


def ready_flow(module: str, name: str, *policies: str) -> Callable[..., Any]:
    """The flow, once everything that can be wrong with the words is known to be right: its engine takes seconds."""
    from hemoflow.domain.policy import load_policy

    for policy in policies:
        load_policy(policy)
    with opened_store() as store:
        store.runs(1)
    url = terminal.prepare_engine()
    terminal.err.print(f"Prefect server: {url}" if url else "Prefect: ephemeral engine, started for this command")
    with terminal.quiet_imports():
        from importlib import import_module

        flow: Callable[..., Any] = getattr(import_module(module), name)
    return flow
