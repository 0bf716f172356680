"""A person's signature, given in Prefect's own form.

A task belongs here when it takes down what a person decided; who may decide is the cockpit's and the site's business.
"""

from datetime import date

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.input import RunInput

from hemoflow.domain.errors import StateError
from hemoflow.domain.policy import load_policy
from hemoflow.settings import Settings
from hemoflow.store import open_store


class Signature(RunInput):
    """What the form asks for."""

    approve: bool
    """Whether the plan is approved."""
    name: str
    """Who signs."""
    reason: str = ""
    """Why, or what was looked at."""


@task(name="find-draft", cache_policy=NO_CACHE, persist_result=False)
def find_draft(as_of: date, policy: str) -> str:
    """The run that holds for a day."""
    settings, name = Settings(), load_policy(policy).name
    with open_store(settings.store_url, settings.home) as store:
        run = store.published_run(as_of, name)
    if run is None:
        raise StateError(f"{as_of} has no plan yet.", remedy="Start daily/daily first.")
    return run.run_id


@task(name="sign", cache_policy=NO_CACHE, persist_result=False)
def sign(run_id: str, given: Signature) -> bool:
    """Approve the draft, or note in the ledger that a person would not."""
    settings = Settings()
    with open_store(settings.store_url, settings.home) as store:
        if given.approve:
            store.approve(run_id, given.name, given.reason)
        else:
            store.note("refuse", run_id, given.name, given.reason, {})
    return given.approve
