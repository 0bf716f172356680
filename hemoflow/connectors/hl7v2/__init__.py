"""HL7 v2 result messages (ORU) as canonical tables: one or many messages a file, in any usual framing.

Source: HL7 v2.5.1, segments MSH, PID, OBR and OBX. A result is known when its observation was reported (OBR-22), else
when the message was sent (MSH-7), never before the sample was taken (OBX-14, else OBR-7).
"""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from hemoflow.connectors.ancestry import CDC
from hemoflow.connectors.codes import LOINC, Kind, meanings
from hemoflow.connectors.conversions import in_canonical_unit
from hemoflow.connectors.hl7v2.messages import read_messages
from hemoflow.connectors.intake import Intake, delivered, joined
from hemoflow.connectors.persons import patients
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import Loaded, joined_rows
from hemoflow.domain.errors import InputError
from hemoflow.schemas.canonical import ENCOUNTERS, LAB_LIMITS
from hemoflow.schemas.frames import empty

SOURCE = "hl7-v2"
VERSION = "3"
"""Raised whenever the same files would give other rows."""

ENDINGS = (".hl7", ".hl7.gz", ".oru", ".txt")
ANALYTES = {code: means for (system, code), means in meanings(Kind.LAB).items() if system == LOINC}
STANDING = {"F": "F", "C": "C", "P": "P"}
"""``OBX-11``: final, corrected, preliminary; any other result does not stand."""
SEXES = {"F": "F", "M": "M", "O": "", "U": "", "A": "", "N": ""}
ZONED = r"^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?(?:\.\d+)?)?([+-]\d{4})?$"


def load(folder: Path, pseudonymiser: Pseudonymiser) -> Loaded:
    """Read a folder of messages.

    Args:
        folder: Folder with files that end in ``.hl7``, ``.oru`` or ``.txt``.
        pseudonymiser: Turns identifiers into pseudonyms.

    Returns:
        Labs and the patients whom the messages name.

    Raises:
        InputError: The folder holds no message.
    """
    paths = sorted(path for path in folder.iterdir() if path.name.lower().endswith(ENDINGS))
    if not paths:
        raise InputError(f"The folder {folder} holds no .hl7 file.", remedy="Give the folder of the messages.")
    raw = joined_rows([read_messages(folder, path, ANALYTES.__contains__) for path in paths])
    intake = Intake(SOURCE, "labs", raw)
    frame = _labs(intake, pseudonymiser)
    good = intake.good(intake.rows)
    told = good.drop_duplicates("patient")[["patient", "sex", "born", "race"]]
    people = Intake(SOURCE, "patients", replace(raw, frame=told, broken=()))
    frames = {"labs": frame, "encounters": empty(ENCOUNTERS)}
    nothing = pd.DataFrame({"blood_group": [], "is_group_confirmed": []})
    frames["patients"] = patients(people, _born(people, pseudonymiser), nothing, frames)
    return delivered({"labs": frame, "patients": frames["patients"]}, [intake, people])


def _labs(intake: Intake, pseudonymiser: Pseudonymiser) -> pd.DataFrame:
    """The results; a later message about the same result corrects an earlier one."""
    intake.choice("status", STANDING)
    taken = _instant(intake, "observed").fillna(_instant(intake, "collected"))
    intake.reject(
        taken.isna() & intake.rows["observed"].isna() & intake.rows["collected"].isna(), "observed", "missing"
    )
    reported = _instant(intake, "reported").fillna(_instant(intake, "sent"))
    code = intake.text("code").map(ANALYTES).astype("string")
    number = intake.number("value")
    intake.text("order")
    key = joined(intake, ["patient", "order", "code", "part", "observed"])
    made = pd.DataFrame(
        {
            "lab_id": pseudonymiser.series("lab", SOURCE, key),
            "patient_id": pseudonymiser.series("p", SOURCE, intake.text("patient")),
            "encounter_id": None,
            "code": code,
            "value": in_canonical_unit(intake, code, number, intake.rows["unit"], ("value", "unit")),
            "unit": code.map({name: canonical for name, (canonical, _, _) in LAB_LIMITS.items()}),
            "taken_at": taken,
            "available_at": reported.where(reported > taken, taken),
            "is_synthetic": False,
        }
    )
    latest = intake.good(made).sort_values("available_at", kind="stable").drop_duplicates("lab_id", keep="last")
    return intake.finish(latest.sort_index())


def _born(people: Intake, pseudonymiser: Pseudonymiser) -> pd.DataFrame:
    sex = people.rows["sex"].map(SEXES).astype("string")
    year = pd.to_numeric(people.rows["born"].str[:4], errors="coerce")
    return pd.DataFrame(
        {
            "patient_id": pseudonymiser.series("p", SOURCE, people.rows["patient"]),
            "sex": sex.mask(sex == ""),
            "birth_year": year.where(year.between(1850, 2100)).astype("Int64"),
            "ancestry": people.rows["race"].map(CDC).astype("string"),
        }
    )


def _instant(intake: Intake, column: str) -> pd.Series:
    """An instant as HL7 writes it (``20241015064000+0800``); without a zone it is UTC."""
    parts = intake.rows[column].astype("string").str.extract(ZONED)
    year, month, day, hour, minute, second, zone = (parts[place] for place in range(7))
    text = year + "-" + month + "-" + day + "T" + hour.fillna("00") + ":" + minute.fillna("00")
    text = text + ":" + second.fillna("00") + zone.fillna("+0000")
    values = pd.to_datetime(text, format="%Y-%m-%dT%H:%M:%S%z", errors="coerce", utc=True)
    return intake.sound(values, column, "not a date and time")
