"""Words about the cockpit and the people who may sign in to it."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from flows import terminal
from flows.commands.shared import By, opened_store
from flows.terminal import out
from hemoflow.domain.errors import UsageError
from hemoflow.settings import Settings

if TYPE_CHECKING:
    from hemoflow.cockpit.deeds import Deeds
    from hemoflow.store import WhatIf

app = typer.Typer()
users = typer.Typer(no_args_is_help=True, help="Who may sign in to the cockpit.")
app.add_typer(users, name="user")
NO_ACCOUNTS = "Nobody may sign in yet: hemoflow user add NAME --role planner --by YOU"
PASSWORD_VARIABLE = "HEMOFLOW_PASSWORD"  # noqa: S105 - the name of a variable


@app.command(epilog="Example: `hemoflow cockpit --port 4300`")
def cockpit(
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.")] = 4300,
    host: Annotated[
        str, typer.Option(help="Address to listen on; behind a proxy that speaks HTTPS, if not local.")
    ] = "127.0.0.1",
) -> None:
    """Serve the web pages on which people look at runs, change drafts and approve them."""
    import uvicorn

    from hemoflow.cockpit.app import create_app

    with opened_store() as store:
        if not store.users():
            out.print(NO_ACCOUNTS)
        out.print(f"Cockpit: http://{host}:{port}")
        pages = create_app(Settings(), store, _deeds())
        uvicorn.run(pages, host=host, port=port, log_level="warning", access_log=False)


@users.command("add", epilog="Example: `hemoflow user add 'A. Planner' --role planner --by 'B. Engineer'`")
def add(
    name: Annotated[str, typer.Argument(help="Name to sign in with, and to approve under.")],
    role: Annotated[str, typer.Option(help="planner, laboratory, clinic, engineer or evaluator.")],
    by: By,
) -> None:
    """Add a person or give a new password or role; the password is asked for, or taken from HEMOFLOW_PASSWORD."""
    from hemoflow.cockpit.access import hash_password

    password = os.environ.get(PASSWORD_VARIABLE) or typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    with opened_store() as store:
        user = store.save_user(name, role, hash_password(password), by=by)
    out.print(f"{user.name} may sign in as {user.role}.")


@users.command("close", epilog="Example: `hemoflow user close 'A. Planner' --by 'B. Engineer'`")
def close(name: Annotated[str, typer.Argument(help="Name.")], by: By) -> None:
    """Close an account at once; what the person decided stays on record."""
    with opened_store() as store:
        user = store.user(name)
        if user is None:
            raise UsageError(f"There is no account '{name}'.", remedy="See `hemoflow user list`.")
        store.save_user(name, user.role, user.password_hash, by=by, is_active=False)
    out.print(f"{name} can no longer sign in.")


@users.command("list", epilog="Example: `hemoflow user list`")
def listed() -> None:
    """List the accounts."""
    with opened_store() as store:
        accounts = store.users()
    if not accounts:
        out.print(NO_ACCOUNTS)
    for user in accounts:
        out.print(f"{user.name:<30} {user.role:<12} {'active' if user.is_active else 'closed'}")


def _deeds() -> "Deeds":
    """What only the house above the cockpit can do; planning loads its libraries with the first trial."""
    from hemoflow.cockpit.deeds import Deeds

    def try_what_if(run_id: str, changes: "Sequence[str]", by: str) -> "WhatIf":
        with terminal.quiet_imports():
            from flows.what_if import try_out
        return try_out(run_id, list(changes), by, Settings().policy)

    def adopt(what_if_id: str, by: str, reason: str) -> str:
        from tasks.trial import adopt as make_draft

        return make_draft(what_if_id, by, reason).adopted_run_id or ""

    return Deeds(try_what_if, adopt)
