"""Words about people who are in the data: forgetting one of them."""

from typing import Annotated

import typer

from flows import terminal
from flows.commands.shared import By, opened_store
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
    pseudonymiser = Pseudonymiser(key_from(settings.pseudonym_key.get_secret_value(), settings.home))
    names = pseudonyms_of(pseudonymiser, patient, _names(source) if source else ())
    if not names:
        raise UsageError("This is no pseudonym.", remedy="Give the source's own identifier together with --source.")
    marks = [mark_of(pseudonymiser, name) for name in names]
    raw = "" if PSEUDONYM.fullmatch(patient) else patient
    with opened_store() as store:
        done = store.forget(names, marks, raw=raw, by=by, reason=reason)
    terminal.print_frame(done.removed, "Removed or rewritten", limit=10_000)
    if done.left:
        raise VerificationError(f"Still found in: {'; '.join(done.left)}.", remedy="Remove these by hand.")
    out.print(f"Searched every file and table: nothing is left. In approved runs the patient is {done.token}.")
    out.print("Later loads leave the patient out. Backups and files handed on are not ours to change.")


def _names(source: str) -> tuple[str, ...]:
    from hemoflow.connectors.kinds import KINDS

    if source not in KINDS:
        raise UsageError(f"Unknown source '{source}'.", remedy=f"Use one of {', '.join(KINDS)}.")
    return KINDS[source].names
