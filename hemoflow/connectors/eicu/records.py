"""Laboratory results, diagnoses, treatments, drugs and notes."""

import pandas as pd

from hemoflow.connectors.conversions import in_canonical_unit
from hemoflow.connectors.drug_names import drug_class
from hemoflow.connectors.eicu.items import LAB_NAMES, STANDARD_UNITS
from hemoflow.connectors.eicu.study import Study
from hemoflow.connectors.intake import Intake
from hemoflow.schemas.canonical import LAB_LIMITS


def labs(study: Study) -> tuple[pd.DataFrame, Intake]:
    """The results of ``lab`` that matter here; known when last revised, never before the sample was taken."""
    optional = ["labresulttext", "labmeasurenamesystem", "labmeasurenameinterface", "labresultrevisedoffset"]
    intake = study.intake(
        "labs", "lab", ["labid", "labresultoffset", "labname", "labresult"], {"labname": _is_read}, optional
    )
    code = intake.rows["labname"].str.lower().map(LAB_NAMES).astype("string")
    intake.reject(code.isna(), "labname", "no name of a result")
    taken = study.instant(intake, "labresultoffset")
    revised = study.instant(intake, "labresultrevisedoffset", missing=True)
    unit = intake.rows["labmeasurenamesystem"].fillna(intake.rows["labmeasurenameinterface"])
    unit = unit.fillna(code.map(STANDARD_UNITS))
    number = intake.number("labresult")
    made = study.record(intake, "lab_id", "lab", "labid").assign(
        code=code,
        value=in_canonical_unit(intake, code, number, unit, ("labresult", "labmeasurenamesystem")),
        unit=code.map({name: canonical for name, (canonical, _, _) in LAB_LIMITS.items()}),
        taken_at=taken,
        available_at=pd.DataFrame({"taken": taken, "revised": revised}).max(axis=1),
    )
    return intake.finish(made), intake


def _is_read(name: str) -> bool:
    """A name that is wanted, or none at all, which is a fault: the columns may be swapped."""
    return name.lower() in LAB_NAMES or not any(letter.isalpha() for letter in name)


def diagnoses(study: Study) -> tuple[pd.DataFrame, Intake]:
    """Diagnoses: the first ICD code where there is one, else the path in eICU's own tree."""
    intake = study.intake(
        "conditions", "diagnosis", ["diagnosisid", "diagnosisoffset", "diagnosisstring"], {}, ["icd9code"]
    )
    recorded = study.instant(intake, "diagnosisoffset")
    code = intake.rows["icd9code"].str.split(",").str[0].astype("string").str.strip()
    code = code.mask(code == "")
    is_nine = code.str.fullmatch(r"(?:\d{3}|[VE]\d{2,3})(?:\.\d*)?").fillna(value=False).astype(bool)
    system = pd.Series("ICD-10-CM", index=code.index, dtype="string").mask(is_nine, "ICD-9-CM")
    made = study.record(intake, "condition_id", "cond", "diagnosisid").assign(
        code_system=system.where(code.notna(), "eICU diagnosis"),
        code=code.fillna(intake.text("diagnosisstring")),
        recorded_at=recorded,
        available_at=recorded,
    )
    return intake.finish(made), intake


def admission_diagnoses(study: Study) -> tuple[pd.DataFrame, Intake]:
    """Diagnoses on admission, as paths in eICU's own tree."""
    columns = ["admissiondxid", "admitdxenteredoffset", "admitdxpath"]
    intake = study.intake("conditions", "admissiondx", columns, {})
    recorded = study.instant(intake, "admitdxenteredoffset")
    made = study.record(intake, "condition_id", "adx", "admissiondxid").assign(
        code_system="eICU admission diagnosis",
        code=intake.text("admitdxpath"),
        recorded_at=recorded,
        available_at=recorded,
    )
    return intake.finish(made), intake


def procedures(study: Study) -> tuple[pd.DataFrame, Intake]:
    """Treatments, transfusions among them, as paths in eICU's own tree."""
    intake = study.intake("procedures", "treatment", ["treatmentid", "treatmentoffset", "treatmentstring"], {})
    performed = study.instant(intake, "treatmentoffset")
    made = study.record(intake, "procedure_id", "proc", "treatmentid").assign(
        code_system="eICU treatment",
        code=intake.text("treatmentstring"),
        performed_on=performed.dt.tz_localize(None).dt.normalize(),
        available_at=performed,
    )
    return intake.finish(made), intake


def drugs(study: Study) -> tuple[pd.DataFrame, Intake]:
    """Medication orders of the classes that matter for anaemia; cancelled ones are not read.

    A stop at minute 0 of a drug that started later means that none was recorded.
    """
    columns = ["medicationid", "drugstartoffset", "drugname"]
    intake = study.intake(
        "drugs", "medication", columns, {"drugname": lambda name: drug_class(name) is not None},
        ["drugstopoffset", "drugordercancelled"],
    )  # fmt: skip
    intake.let_go(intake.rows["drugordercancelled"].str.lower() == "yes")
    started = study.instant(intake, "drugstartoffset")
    ended = study.instant(intake, "drugstopoffset", missing=True)
    stop = intake.rows["drugstopoffset"].str.strip()
    ended = ended.mask((stop == "0").fillna(value=False).astype(bool) & (ended < started))
    intake.reject(ended < started, "drugstopoffset", "stops before it starts, so it was never given")
    name = intake.rows["drugname"]
    made = study.record(intake, "drug_id", "drug", "medicationid").assign(
        name=name.str.strip(),
        drug_class=name.map({text: drug_class(text) for text in name.dropna().unique()}),
        started_at=started,
        ended_at=ended,
        available_at=started,
    )
    return intake.finish(made), intake


def notes(study: Study) -> tuple[pd.DataFrame, Intake]:
    """Notes, known when they were entered."""
    intake = study.intake("notes", "note", ["noteid", "noteoffset", "notetype", "notetext"], {}, ["noteenteredoffset"])
    written = study.instant(intake, "noteoffset")
    entered = study.instant(intake, "noteenteredoffset", missing=True)
    made = study.record(intake, "note_id", "note", "noteid").assign(
        kind=intake.text("notetype"),
        body=intake.text("notetext"),
        written_at=written,
        available_at=pd.DataFrame({"written": written, "entered": entered}).max(axis=1),
    )
    return intake.finish(made), intake
