"""The demonstration: one region of a million people, from an empty folder to a plan that the judge accepts."""

from datetime import date
from time import perf_counter

from flows import terminal
from flows.commands import sources, supply
from flows.terminal import STAGES_OF_A_DAY, out
from hemoflow.settings import Settings

FIRST_DAY, DAY_BEFORE_LAST, LAST_DAY = date(2024, 10, 24), date(2024, 10, 30), date(2024, 10, 31)
STEPS = 3 + STAGES_OF_A_DAY * 8


def tell() -> None:
    """Initialise, load history, train, run the last day, backfill the seven days before, and say where to look."""
    start = perf_counter()
    sources.init()
    terminal.prepare_engine()
    with terminal.engine(), terminal.progress_shown(STEPS):
        from flows.backfill import backfill
        from flows.daily import daily
        from flows.train import train

        model_id = train(FIRST_DAY)
        run_id = daily(LAST_DAY)
        outcomes = backfill(FIRST_DAY, DAY_BEFORE_LAST)
    for outcome in outcomes:
        out.print(f"{outcome.as_of}  {outcome.result:<10} {outcome.detail}")
    _conclude(run_id, model_id, perf_counter() - start)


def _conclude(run_id: str, model_id: str, took: float) -> None:
    from hemoflow.domain.blood_groups import BloodGroup
    from hemoflow.store import open_store
    from tasks.model_files import PAGE

    settings = Settings()
    with open_store(settings.store_url, settings.home) as store:
        folder, card = store.run_folder(run_id), store.model(model_id).folder / PAGE
    for group in BloodGroup:
        instance, plan = (folder / "assignment" / f"{kind}-{group.slug}.json" for kind in ("instance", "plan"))
        supply.verify(instance, plan, optimal=False)
    out.print(f"\nDone in {terminal.seconds(took)}.")
    for words, path in (
        ("Brief for the supply planner", folder / "publication" / "brief.html"),
        ("Worklist for clinic and home team", folder / "publication" / "worklist.html"),
        ("Home, clinic or hospital, and why", folder / "publication" / "routing.html"),
        ("Segments, their rules and pictures", folder / "publication" / "segments.html"),
        ("Capacity board", folder / "publication" / "capacity.html"),
        ("Go/no-go for tomorrow's home visits", folder / "publication" / "go_no_go.html"),
        ("Pick list for the laboratory", folder / "publication" / "allocations.html"),
        ("Plan by blood group", folder / "assignment"),
        ("Model card", card),
    ):
        out.print(f"{words:<36} {path}")
    out.print("Prefect UI                           .venv/bin/hemoflow serve, then open http://127.0.0.1:4200")
