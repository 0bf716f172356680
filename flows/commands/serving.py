"""Words that start servers, and tell them what runs by itself."""

from pathlib import Path
from typing import Annotated

import typer

from flows import terminal
from flows.commands.shared import PolicyName
from flows.terminal import out
from hemoflow.domain.errors import UsageError

app = typer.Typer()


@app.command(epilog="Example: `hemoflow serve`")
def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the Prefect server on this machine.")] = 4200,
    cockpit_port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the cockpit; 0 starts none.")] = 4300,
    cron: Annotated[str, typer.Option(help="When the daily run starts; the list's own time when left out.")] = "",
) -> None:
    """Start a Prefect server with its UI, a worker and the cockpit, and deploy everything that runs by itself."""
    from flows.serving import serve_here

    serve_here(port, cockpit_port, cron)


@app.command(epilog="Example: `PREFECT_API_URL=http://server:4200/api hemoflow deploy`")
def deploy(
    policy: PolicyName,
    written: Annotated[
        Path | None, typer.Option("--file", help="The list; deployments/prefect.yaml if left out.")
    ] = None,
    wait: Annotated[bool, typer.Option(help="Wait until a daily run is scheduled.")] = True,
) -> None:
    """Make a server's deployments, schedules and automations those of deployments/prefect.yaml, and no others."""
    from flows import deploying
    from hemoflow.domain.policy import load_policy

    zone, listed = load_policy(policy).clock.time_zone, deploying.read_list(written or deploying.LIST)
    if not terminal.prepare_engine():
        raise UsageError("No Prefect server is known.", remedy="Set PREFECT_API_URL, or start `hemoflow serve`.")
    with terminal.quiet_imports():
        known = deploying.deploy(listed, zone)
    out.print(f"{len(known)} deployments and {len(listed.get('automations', []))} automations stand; zone {zone}.")
    if wait:
        out.print(f"{deploying.wait_until_scheduled(known)} daily runs are scheduled.")
