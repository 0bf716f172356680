"""The word that describes what was loaded."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from flows import terminal
from flows.commands.shared import PolicyName, opened_store
from hemoflow.domain.errors import StateError
from hemoflow.settings import Settings

app = typer.Typer()
END = datetime(2400, 1, 1, tzinfo=UTC)
"""Later than any record: sources that move dates reach far ahead."""


@app.command(epilog="Example: `hemoflow profile -o profile.html`")
def profile(
    policy: PolicyName,
    output: Annotated[Path, typer.Option("-o", "--output", help="Page to write.")] = Path("profile.html"),
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="What was known on this day; all when left out.")
    ] = None,
) -> None:
    """Describe what was loaded: coverage, missing values, distributions, transfusion patterns, trends."""
    from hemoflow.asof import profile as questions
    from hemoflow.asof.visible import open_engine
    from hemoflow.domain.policy import load_policy
    from hemoflow.domain.refs import cut_instant
    from hemoflow.reports.profile import Profile, profile_html

    rules, settings = load_policy(policy), Settings()
    clock = rules.clock
    cut_at = cut_instant(as_of.date(), clock.cut_hour, clock.time_zone) if as_of else None
    with opened_store() as store:
        paths = store.active_paths()
    if not paths:
        raise StateError("Nothing was loaded.", remedy="Start with `hemoflow ingest`.")
    with open_engine(paths, cut_at or END, time_zone=clock.time_zone, **settings.asking) as engine:
        found = Profile(
            cut_at, questions.coverage(engine), questions.missingness(engine), questions.labs(engine),
            questions.episodes(engine), questions.weeks(engine), rules.publication.smallest_published_count,
        )  # fmt: skip
    terminal.write_text(output, profile_html(found))
    terminal.out.print(f"Data profile: {output}")
