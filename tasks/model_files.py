"""The files of a need model, and its way into the registry.

This is no stage. It belongs here because a model may not know the reports, nor the store the models.
"""

import json
from dataclasses import replace
from pathlib import Path

from hemoflow.domain.errors import StateError
from hemoflow.domain.policy import Publication
from hemoflow.reports.need_card import card_html
from hemoflow.store import ModelRecord, Store
from models.need import NeedModel
from models.need.card import stands
from models.need.standing import InForce

PAGE = "card.html"


def save_model(model: NeedModel, folder: Path, smallest: int) -> str:
    """Save a model with ``card.html`` beside it; the hash that its loader wants back.

    Counts of patients below ``smallest`` are withheld on the page.
    """
    sha256 = model.save(folder)
    content = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    (folder / PAGE).write_text(card_html(content, stands(model.standing), smallest), encoding="utf-8")
    return sha256


def register(store: Store, kind: str, model: NeedModel, folder: Path, publication: Publication) -> ModelRecord:
    """Keep a trained model; promote it where the comparison with the version in force says so.

    The same version again keeps what was said of it, unless it comes back after it was withdrawn or kept.
    """
    known = next((known for known in store.models(kind) if known.model_id == model.model_id), None)
    is_news = known is None or (model.standing["is_promoted"] and not known.is_promoted)
    told = model.standing if known is None or is_news else {**model.standing, "decision": known.decision}
    sha256 = save_model(replace(model, standing=told), folder, publication.smallest_published_count)
    record = store.add_model(
        kind, model.model_id, folder, sha256=sha256, trained_as_of=model.trained_as_of, metrics=model.metrics,
        features=model.features, data_hash=model.data_hash, decision=told["decision"],
    )  # fmt: skip
    return store.promote(model.model_id, told["decision"]) if model.standing["is_promoted"] else record


def in_force(record: ModelRecord | None) -> InForce:
    """The version in force, to compare a new one with; one that cannot be read says why."""
    if record is None:
        return InForce()
    try:
        return InForce(record.model_id, NeedModel.load(record.folder, sha256=record.sha256).twin_probability)
    except StateError as error:
        return InForce(record.model_id, note=f"it cannot be read ({error})")
