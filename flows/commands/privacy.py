"""Words about people who are in the data: forgetting one of them."""

from datetime import UTC, datetime
from getpass import getuser
from typing import Annotated

import typer

from flows import terminal
from flows.commands.shared import By, PolicyName, opened_store
from flows.terminal import out
from hemoflow.domain.errors import UsageError, VerificationError
from hemoflow.settings import Settings

app = typer.Typer()


@app.command(
    epilog="Example: `hemoflow forget 10014354 --source mimic-iv --by 'Dr A' --reason 'asked for it on 3 November'`"
)
def forget(
    patient: Annotated[str, typer.Argument(help="The source's own identifier, or a pseudonym (p_...).")],
    by: By,
    reason: Annotated[str, typer.Option(help="Why; kept in the ledger, without the patient.")],
    source: Annotated[str, typer.Option(help="Kind of source that the identifier is of.")] = "",
) -> None:
    """Remove a patient from data, results, files and vault, and search for what is left; exit code 7 if anything is."""
    from hemoflow.connectors.pseudonyms import PSEUDONYM, Pseudonymiser, key_from, mark_of, pseudonyms_of

    settings = Settings()
    with opened_store() as store:
        store.runs(1)  # refuses a folder that is no home before a key is made there
        pseudonymiser = Pseudonymiser(key_from(settings.pseudonym_key.get_secret_value(), settings.home))
        names = pseudonyms_of(pseudonymiser, patient, _names(source) if source else ())
        if not names:
            raise UsageError("This is no pseudonym.", remedy="Give the source's own identifier together with --source.")
        marks = [mark_of(pseudonymiser, name) for name in names]
        raw = "" if PSEUDONYM.fullmatch(patient) else patient
        done = store.forget(names, marks, raw=raw, by=by, reason=reason)
    terminal.print_frame(done.removed, "Removed or rewritten", limit=10_000)
    if done.left:
        raise VerificationError(f"Still found in: {'; '.join(done.left)}.", remedy="Remove these by hand.")
    if done.removed.empty:
        raise UsageError(
            "Nobody of that identifier was found in data or results; should one be delivered, it is left out.",
            remedy="Check the identifier and --source.",
        )
    out.print(f"Searched every file and table: nothing is left. In approved runs the patient is {done.token}.")
    out.print("Later loads leave the patient out. Backups and files handed on are not ours to change.")


@app.command(
    epilog="Example: `hemoflow retention`, then `hemoflow retention --apply --by 'Dr A' --reason 'yearly clean-up'`"
)
def retention(
    policy: PolicyName,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day from which ages count; today when left out.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Remove it; without this word it is only counted.")] = False,
    by: Annotated[str, typer.Option(help="Who does this.")] = "",
    reason: Annotated[str, typer.Option(help="Why; kept in the ledger.")] = "",
) -> None:
    """Count what is older than the policy keeps; with --apply remove it, and prove that nothing of it is left."""
    from hemoflow.domain.policy import load_policy

    limits = load_policy(policy).retention.limits((as_of or datetime.now(UTC)).date())
    with opened_store() as store:
        found = store.retain(limits, by=by, reason=reason) if apply else store.overdue(limits)
        left = store.overdue(limits) if apply else found
    terminal.print_frame(found, "Removed" if apply else "Older than the policy keeps; nothing was removed")
    if apply and len(left):
        raise VerificationError(f"{left['rows'].sum()} rows are still there.", remedy="Run it once more.")
    out.print(
        "Searched again: nothing older is left. Approved runs and the ledger stay; backups are not ours to change."
        if apply
        else "Remove it with --apply --by NAME --reason WHY."
    )


@app.command(epilog="Example: `HEMOFLOW_VAULT_KEY=new,old hemoflow vault rotate`")
def vault(
    what: Annotated[str, typer.Argument(help="rotate: seal every entry with the first key of HEMOFLOW_VAULT_KEY.")],
    by: Annotated[str, typer.Option(help="Who does this.", default_factory=getuser, show_default="you")],
) -> None:
    """Look after the identity vault: names and hospital numbers, encrypted, only where a site gave it a key."""
    from hemoflow.store import VaultKeys

    if what != "rotate":
        raise UsageError(f"The vault knows no '{what}'.", remedy="Use: hemoflow vault rotate.")
    keys = VaultKeys(Settings().vault_key.get_secret_value())
    with opened_store() as store:
        count = store.rotate_vault(keys, by=by)
    out.print(f"{count} entries were sealed anew with key {keys.key_id}; older keys are no longer needed.")


def _names(source: str) -> tuple[str, ...]:
    from hemoflow.connectors.kinds import KINDS, kind_named

    return KINDS[kind_named(source)].names
