"""The files of a need model: what the model writes itself, and its card as a page.

This is no stage. It belongs here because a model may not know the reports.
"""

import json
from pathlib import Path

from hemoflow.reports.need_card import card_html
from models.need import NeedModel

PAGE = "card.html"


def save_model(model: NeedModel, folder: Path) -> str:
    """Save a model with ``card.html`` beside it; the hash that its loader wants back."""
    sha256 = model.save(folder)
    content = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    (folder / PAGE).write_text(card_html(content), encoding="utf-8")
    return sha256
