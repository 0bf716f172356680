"""Spreadsheets (CSV and XLSX): filled templates, or a laboratory system's own files through a mapping file.

The ingest doctor mends what such files are known to get wrong; its account is in the notes of the load.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from hemoflow.connectors.intake import Intake, delivered
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import Loaded, RawRows
from hemoflow.connectors.sheets import care, facility, supply
from hemoflow.connectors.sheets.doctor import Doctor
from hemoflow.connectors.sheets.files import read_sheets
from hemoflow.connectors.sheets.layouts import ALIASES, TEMPLATES, template_text
from hemoflow.connectors.sheets.mapping import FILE_NAME as MAPPING
from hemoflow.connectors.sheets.mapping import SheetMapping, plain_mapping, read_mapping
from hemoflow.connectors.sheets.supply import Sheet
from hemoflow.domain.errors import InputError
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.frames import conform

__all__ = [
    "ALIASES",
    "LABORATORY",
    "MAPPING",
    "SHEETS",
    "TEMPLATES",
    "VERSION",
    "load_laboratory",
    "load_templates",
    "template_text",
]

SHEETS, LABORATORY = "templates", "laboratory"
VERSION = "3"
"""Raised whenever the same files would give other rows."""

Reader = Callable[[Sheet, RawRows], tuple[dict[str, pd.DataFrame], list[Intake]]]
READERS: dict[str, Reader] = {
    "stock": supply.stock,
    "donations": supply.donations,
    "facility": facility.donations,
    "capacity": supply.capacity,
    "requests": care.requests,
    "labs": care.labs,
}


def load_templates(folder: Path, pseudonymiser: Pseudonymiser) -> Loaded:
    """Read filled templates: ``stock*.csv``, ``donations*.xlsx`` and so on.

    Raises:
        InputError: The folder holds no template.
    """
    return _load(SHEETS, folder, pseudonymiser, plain_mapping())


def load_laboratory(folder: Path, pseudonymiser: Pseudonymiser) -> Loaded:
    """Read a laboratory system's files as ``mapping.toml`` in their folder says.

    Raises:
        InputError: The mapping is missing or makes no sense, or no file fits it.
    """
    return _load(LABORATORY, folder, pseudonymiser, read_mapping(folder))


def _load(source: str, folder: Path, pseudonymiser: Pseudonymiser, mappings: Sequence[SheetMapping]) -> Loaded:
    doctor = Doctor()
    told: list[pd.DataFrame] = []
    frames: dict[str, list[pd.DataFrame]] = {}
    intakes: list[Intake] = []
    for mapping in mappings:
        raw = read_sheets(folder, mapping)
        if raw is None:
            continue
        made, used = READERS[mapping.template](Sheet(source, mapping, doctor, pseudonymiser), raw)
        intakes += used
        for name, frame in made.items():
            (told if name == "patients" else frames.setdefault(name, [])).append(frame)
    if not intakes:
        raise InputError(
            f"The folder {folder} holds no file of: {', '.join(TEMPLATES)}.",
            remedy="Make one with `hemoflow template stock`, or name the files in mapping.toml.",
        )
    tables = {name: conform(_once(name, parts), CANONICAL[name]) for name, parts in frames.items()}
    if told:
        tables["patients"] = care.patients(source, told, tables)
    return delivered(tables, intakes, doctor.sentences)


def _once(name: str, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of all files of a table; of a key that two files give, the first."""
    return pd.concat(list(parts)).drop_duplicates(list(CANONICAL[name].key))
