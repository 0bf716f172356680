"""Direct identifiers in sources: read only for the identity vault, on a way of their own that nothing else takes."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from hemoflow.connectors import sheets
from hemoflow.connectors.fhir.ndjson import identifier, read_resources
from hemoflow.connectors.fhir.pages import Resource, entries
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import read_rows

FHIR_R4 = "fhir-r4"
Found = dict[str, tuple[str, str]]
"""Pseudonym to name and hospital number."""


def _name(resource: Resource) -> str | None:
    """The official name, else the first: family name, then given names."""
    names = entries(resource, "name")
    name = next((name for name in names if name.get("use") == "official"), names[0] if names else {})
    given = name.get("given")
    words = [name.get("family"), *(given if isinstance(given, list) else [])]
    return str(name.get("text") or " ".join(str(word) for word in words if word)) or None


def _number(resource: Resource) -> str | None:
    """The medical record number (type MR of HL7 v2-0203)."""
    for entry in entries(resource, "identifier"):
        kind = entry.get("type")
        if any(coding.get("code") == "MR" for coding in (entries(kind, "coding") if isinstance(kind, dict) else [])):
            return str(entry["value"]) if entry.get("value") else None
    return None


def _fhir(folder: Path, pseudonymiser: Pseudonymiser) -> Found:
    rows = read_resources(folder, "Patient", {"id": identifier("id"), "name": _name, "number": _number}).frame
    return _found(rows, "id", FHIR_R4, pseudonymiser)


def _templates(folder: Path, pseudonymiser: Pseudonymiser) -> Found:
    """``patients.csv`` with ``patient_id`` and ``name``, for the vault alone."""
    if not any(folder.glob("patients.csv*")):
        return {}
    rows = read_rows(folder, "patients", ["patient_id", "name"]).frame
    return _found(rows.assign(number=rows["patient_id"]), "patient_id", sheets.SHEETS, pseudonymiser)


def _found(rows: pd.DataFrame, key: str, source: str, pseudonymiser: Pseudonymiser) -> Found:
    known = rows[rows[key].notna() & (rows["name"].notna() | rows["number"].notna())]
    names = pseudonymiser.series("p", source, known[key])
    told = known[["name", "number"]].fillna("").astype(str)
    return {str(who): (name, number) for who, name, number in zip(names, told["name"], told["number"], strict=True)}


READERS: dict[str, Callable[[Path, Pseudonymiser], Found]] = {FHIR_R4: _fhir, sheets.SHEETS: _templates}


def identities(kind: str, place: Path | str, pseudonymiser: Pseudonymiser, loaded: Iterable[object]) -> Found:
    """Names and numbers of the patients whom a load brought; whoever was forgotten is not among them."""
    if kind not in READERS or not isinstance(place, Path):
        return {}
    wanted, folder = set(map(str, loaded)), place if place.is_dir() else place.parent
    return {who: told for who, told in READERS[kind](folder, pseudonymiser).items() if who in wanted}
