"""Clinical notes: DocumentReferences that carry their text (US Core clinical notes, attachments as base64)."""

import base64
import binascii
import re
from pathlib import Path
from typing import Any

import pandas as pd

from hemoflow.connectors.cohort import Cohort, known_at
from hemoflow.connectors.fhir.ndjson import first_of, found_files, identifier, read_resources, target, value
from hemoflow.connectors.fhir.pages import Resource, entries
from hemoflow.connectors.fhir.records import UPDATED
from hemoflow.connectors.intake import Intake

KIND = "DocumentReference"
BODY = "content.attachment.data"
TEXTS = ("text/plain", "text/html", "text/xml", "text/rtf")
TAG = re.compile(r"<[^<>]*>")
CURRENT = {"current": "current"}
SEE_ATTACHMENT = "Deliver the text itself, as base64 in the attachment."


def notes(folder: Path, cohort: Cohort) -> tuple[pd.DataFrame, Intake] | None:
    """Notes that stand, known when they were last changed; None where the folder has no file of them and no row."""
    fields = {
        "id": identifier("id"),
        "subject_id": target("subject"),
        "encounter_id": target("context", "encounter"),
        "status": value("status"),
        "kind": first_of(value("type", "text"), value("type", "coding", "display"), value("type", "coding", "code")),
        "date": first_of(value("date"), value("context", "period", "start")),
        BODY: _body,
        **UPDATED,
    }
    raw = read_resources(folder, KIND, fields)
    if raw.frame.empty and not raw.broken and not found_files(folder, KIND):
        return None
    intake = cohort.intake("notes", raw)
    intake.let_go(intake.rows["status"].isin(["superseded", "entered-in-error"]))
    intake.choice("status", CURRENT)
    intake.reject(intake.rows[BODY].isna(), BODY, "no text that can be read", SEE_ATTACHMENT)
    written = cohort.names.instant(intake, "date")
    updated = cohort.names.instant(intake, "meta.lastUpdated", missing=True)
    made = cohort.record(intake, "note_id", "note", "id").assign(
        kind=intake.rows["kind"].fillna("note"),
        body=intake.rows[BODY],
        written_at=written,
        available_at=known_at(written, updated),
    )
    return intake.finish(made), intake


def _body(resource: Resource) -> str | None:
    """The text of the first attachment that is text."""
    attachments = (entry.get("attachment") for entry in entries(resource, "content"))
    return next((text for found in attachments if isinstance(found, dict) and (text := _text(found))), None)


def _text(attachment: dict[str, Any]) -> str | None:
    kind, data = str(attachment.get("contentType", TEXTS[0])).lower(), attachment.get("data")
    if not isinstance(data, str) or not kind.startswith(TEXTS):
        return None
    try:
        text = base64.b64decode(data, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return None
    return (TAG.sub(" ", text) if "html" in kind or "xml" in kind else text).replace("\0", " ").strip() or None
