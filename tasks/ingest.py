"""Stage 1: load what is new in the sources, then fix what the day's run may see.

A task belongs here when it turns the world into canonical tables or decides the identity of a run; keep features,
models and plans out.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from hemoflow import __version__
from hemoflow.asof.engine import open_view
from hemoflow.asof.freshness import CRITICAL_TABLES, stale_tables
from hemoflow.connectors.deliveries import Source
from hemoflow.connectors.identities import identities
from hemoflow.connectors.pseudonyms import Pseudonymiser, key_from, marked, without_forgotten
from hemoflow.connectors.registry import read_sources
from hemoflow.connectors.telling import told
from hemoflow.domain.decisions import Decision, standing_deferrals
from hemoflow.domain.errors import HemoflowError, InputError
from hemoflow.domain.policy import Policy, load_policy
from hemoflow.domain.refs import cut_instant
from hemoflow.domain.runs import RunRef
from hemoflow.settings import Settings
from hemoflow.store import Identity, ModelRecord, RunKey, Store, VaultKeys, open_store
from hemoflow.store.records import sha256_of_json
from tasks.artifacts import show_ingest_report, show_told
from tasks.fetching import fetch_sources, may_pass
from tasks.pinned import need_model
from tasks.progress import logger, timed

LOAD_SEED = 1
"""Seed of the demonstration region: part of the source's fingerprint, not of a run."""


@task(
    name="load-sources", retries=2, retry_delay_seconds=[5, 30], retry_condition_fn=may_pass,
    cache_policy=NO_CACHE, persist_result=False,
)  # fmt: skip
def load_sources(kind: str = "") -> int:
    """Load every registered source (of one kind, or all) that changed; retried, as files may still be on their way."""
    settings = Settings()
    pseudonymiser = Pseudonymiser(key_from(settings.pseudonym_key.get_secret_value(), settings.home))
    failed = fetch_sources(settings, kind)
    sources = read_sources(settings.home, settings.data)
    with open_store(settings.store_url, settings.home) as store:
        store.retain_sources([name for source in sources for name in source.names])
        with store.remembered("files") as remembered:
            wanted = [source for source in sources if kind in {"", source.kind}]
            loaded = _load_each(wanted, pseudonymiser, store, remembered, failed)
        show_ingest_report(store.ingest_report(), store.quarantine())
        logger().info("%d of %d sources had changed and are loaded", loaded, len(wanted))
        show_told({name: store.told(name) for name in ("lateness", "schema_drift", "source_notes")})
    return loaded


@task(name="open-run", cache_policy=NO_CACHE, persist_result=False)
def open_run(as_of: date, policy: str, seed: int) -> RunRef:
    """Decide the identity of the day's run from everything that was known at its cut."""
    settings, rules = Settings(), load_policy(policy)
    with open_store(settings.store_url, settings.home) as store, timed(as_of.isoformat(), "open run"):
        key, stale = identify(store, rules, as_of, seed)
        run = store.open_run(key)
        told = f"too old: {', '.join(stale)}" if stale else "no critical source is too old"
        logger().info("run %s: model %s, %s", run.run_id, key.model_id or "none", told)
    return RunRef(run.run_id, as_of, policy, seed, stale)


def identify(store: Store, rules: Policy, as_of: date, seed: int) -> tuple[RunKey, tuple[str, ...]]:
    """What decides the bytes of a day's run, and the critical tables that are too old to plan with."""
    cut_at, asking = cut_instant(as_of, rules.clock.cut_hour, rules.clock.time_zone), Settings().asking
    with (
        store.remembered("contents") as remembered,
        open_view(store.active_paths(), cut_at, time_zone=rules.clock.time_zone, **asking) as view,
    ):
        freshness = view.freshness(CRITICAL_TABLES, rules.publication.stale_after_hours)
        input_sha256, stale = view.content_hash(remembered), stale_tables(freshness)
    deferrals = standing_deferrals(store.decisions(), as_of, cut_at)
    input_sha256 = _with(input_sha256, store.promoted_model("segmentation", as_of), deferrals)
    return _key(as_of, rules, input_sha256, need_model(store, as_of), seed), stale


def _with(input_sha256: str, segmentation: ModelRecord | None, deferrals: Sequence[Decision]) -> str:
    """Kept segments and deferred visits decide bytes of a run too, so that they belong to what the run was given."""
    parts = [input_sha256, *([segmentation.sha256] if segmentation else [])]
    if deferrals:
        parts.append(sha256_of_json([(each.patient_id, each.run_on, asdict(each.wish), each.at) for each in deferrals]))
    return hashlib.sha256(" ".join(parts).encode()).hexdigest() if len(parts) > 1 else input_sha256


def _key(as_of: date, rules: Policy, input_sha256: str, model: ModelRecord | None, seed: int) -> RunKey:
    model_id = model.model_id if model else ""
    return RunKey(as_of, rules.name, rules.version, rules.sha256, input_sha256, model_id, seed, __version__)


def _load_each(
    sources: Sequence[Source],
    pseudonymiser: Pseudonymiser,
    store: Store,
    remembered: dict[str, str],
    not_fetched: Sequence[HemoflowError],
) -> int:
    """Load each source on its own: one that cannot be used keeps no other out.

    Raises:
        InputError: Some could not be fetched or used; the others are loaded.
    """
    loaded, failed = 0, [*not_fetched]
    for source in sources:
        try:
            with source.held():
                loaded += _load(source, pseudonymiser, store, remembered)
        except HemoflowError as error:
            failed.append(error)
    if len(failed) == 1:
        raise failed[0]
    if failed:
        raise InputError(" ".join(str(error) for error in failed))
    return loaded


def _load(source: Source, pseudonymiser: Pseudonymiser, store: Store, remembered: dict[str, str]) -> bool:
    fingerprint = source.fingerprint(pseudonymiser, LOAD_SEED, remembered)
    is_new = not all(store.is_loaded(name, fingerprint) for name in source.names)
    if is_new:
        _load_anew(source, fingerprint, pseudonymiser, store)
    source.spend(pseudonymiser, fingerprint)
    return is_new


def _load_anew(source: Source, fingerprint: str, pseudonymiser: Pseudonymiser, store: Store) -> None:
    with timed("history", f"load {source.kind}"):
        for name, found in source.load(pseudonymiser, LOAD_SEED):
            gone, before = store.tombstones(), store.columns_before(name)
            frames = without_forgotten(found.frames, pseudonymiser, gone)
            refs = store.save_source(name, fingerprint, frames, found.report, found.quarantine, large=found.large)
            written = {table: Path(refs[table].path) for table in found.large}
            store.save_told(name, fingerprint, told(found, name, before, written))
            _fill_vault(source, frames, pseudonymiser, store)
            _keep_out(name, gone if found.large else (), pseudonymiser, store)
        store.hold_to_retention()


def _fill_vault(source: Source, frames: Mapping[str, pd.DataFrame], pseudonymiser: Pseudonymiser, store: Store) -> None:
    """Keep names and hospital numbers, only where a site gave the vault a key."""
    secret = Settings().vault_key.get_secret_value()
    if secret and "patients" in frames:
        found = identities(source.kind, source.path, pseudonymiser, frames["patients"]["patient_id"])
        store.save_identities(VaultKeys(secret), {who: Identity(*told) for who, told in found.items()})


def _keep_out(source: str, marks: Collection[str], pseudonymiser: Pseudonymiser, store: Store) -> None:
    """Tables that write themselves are searched for forgotten patients once they are there."""
    gone = marked(store.lake_patients(source) if marks else (), pseudonymiser, marks)
    if gone:
        store.forget(gone, marks, by="ingest", reason="Forgotten before; delivered again.")
