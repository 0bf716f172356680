"""Training of the segments, as a task of its own.

A task belongs here when it makes a new version of the segments; keep the placing of patients out.
"""

from datetime import date, timedelta
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from hemoflow.domain.policy import load_policy
from hemoflow.settings import Settings
from hemoflow.store import ModelRecord, Store, open_store
from models.segmentation import SegmentationModel, fit
from models.segmentation.rules_file import write_rules
from tasks.progress import timed
from tasks.segmentation import KIND, newest, outpatients
from tasks.segments_page import version_page

RULES = "rules.toml"
PAGE = "segments.html"


@task(name="train-segmentation", cache_policy=NO_CACHE, persist_result=False)
def train_segmentation(as_of: date, policy: str, seed: int) -> str:
    """Fit segments of the outpatients known at the cut, keep their numbers, save, promote."""
    settings, rules = Settings(), load_policy(policy)
    with open_store(settings.store_url, settings.home) as store:
        profiles = outpatients(store, rules, as_of, settings.asking)
        before, previous_id = newest(store, as_of - timedelta(days=1))
        with timed(as_of.isoformat(), "fit segments"):
            model = fit(
                profiles, rules.segmentation, seed=seed, trained_as_of=as_of, previous=before, previous_id=previous_id
            )
        kept = _keep(store, model, settings.models / model.model_id)
        (kept.folder / PAGE).write_text(version_page(model, rules), encoding="utf-8")
        return kept.model_id


def _keep(store: Store, model: SegmentationModel, folder: Path) -> ModelRecord:
    sha256 = model.save(folder)
    (folder / RULES).write_text(write_rules(model.rules, model.model_id), encoding="utf-8")
    store.add_model(
        KIND, model.model_id, folder, sha256=sha256, trained_as_of=model.trained_as_of, metrics=metrics(model),
        features=[column.feature for column in model.columns], data_hash=model.data_hash,
    )  # fmt: skip
    return store.promote(model.model_id)


def metrics(model: SegmentationModel) -> dict[str, object]:
    """What the registry tells about a version."""
    chosen = model.evidence.candidates.query("is_chosen")
    figures = {name: float(chosen[name].iloc[0]) for name in ("agreement_share", "stability_share") if len(chosen)}
    return {
        "segments": len(model.segments),
        "note": model.evidence.note,
        "change": model.evidence.change.words,
        **figures,
    }
