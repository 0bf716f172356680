"""Laboratory results, drugs, diagnoses and procedures."""

import pandas as pd

from hemoflow.connectors.conversions import in_canonical_unit
from hemoflow.connectors.drug_names import drug_class
from hemoflow.connectors.intake import Intake
from hemoflow.connectors.mimic.items import DIAGNOSIS_SYSTEMS, LAB_ITEMS, PROCEDURE_SYSTEMS
from hemoflow.connectors.mimic.study import Study, items
from hemoflow.schemas.canonical import LAB_LIMITS


def labs(study: Study) -> tuple[pd.DataFrame, Intake]:
    """The results of ``labevents`` that matter here; known when stored, never before the sample was taken."""
    columns = ["hadm_id", "labevent_id", "itemid", "charttime", "storetime", "valuenum", "valueuom"]
    intake = study.intake("labs", "hosp/labevents", columns, {"itemid": items(LAB_ITEMS)})
    code, number = intake.choice("itemid", LAB_ITEMS), intake.number("valuenum")
    taken, stored = intake.instant("charttime"), intake.instant("storetime")
    made = study.who(intake).assign(
        lab_id=study.record_id("lab", intake, ["labevent_id"]),
        code=code,
        value=in_canonical_unit(intake, code, number, intake.rows["valueuom"], ("valuenum", "valueuom")),
        unit=code.map({name: unit for name, (unit, _, _) in LAB_LIMITS.items()}),
        taken_at=study.moved(intake, taken),
        available_at=study.moved(intake, pd.DataFrame({"taken": taken, "stored": stored}).max(axis=1)),
        is_synthetic=False,
    )
    return intake.finish(made), intake


def drugs(study: Study) -> tuple[pd.DataFrame, Intake]:
    """Prescriptions of the classes that matter for anaemia; known from their start.

    A prescription that stops before it starts was withdrawn before the first dose and goes to quarantine.
    """
    columns = ["hadm_id", "pharmacy_id", "drug_type", "drug", "starttime", "stoptime"]
    intake = study.intake("drugs", "hosp/prescriptions", columns, {"drug": lambda name: drug_class(name) is not None})
    started, ended = intake.instant("starttime"), intake.instant("stoptime", missing=True)
    intake.reject(ended < started, "stoptime", "stops before it starts, so it was never given")
    name = intake.rows["drug"]
    starts = study.moved(intake, started)
    made = study.who(intake).assign(
        drug_id=study.record_id("drug", intake, ["subject_id", "pharmacy_id", "drug_type", "drug", "starttime"]),
        name=name.str.strip(),
        drug_class=name.map({text: drug_class(text) for text in name.unique()}),
        started_at=starts,
        ended_at=study.moved(intake, ended),
        available_at=starts,
        is_synthetic=False,
    )
    return intake.finish(made), intake


def conditions(study: Study) -> tuple[pd.DataFrame, Intake]:
    """Coded diagnoses; coders write them after discharge, so no run sees them before."""
    columns = ["hadm_id", "seq_num", "icd_code", "icd_version"]
    intake = study.intake("conditions", "hosp/diagnoses_icd", columns, {})
    discharged = study.discharge(intake)
    made = study.who(intake).assign(
        condition_id=study.record_id("cond", intake, ["hadm_id", "seq_num"]),
        code_system=intake.choice("icd_version", DIAGNOSIS_SYSTEMS),
        code=intake.text("icd_code"),
        recorded_at=discharged,
        available_at=discharged,
        is_synthetic=False,
    )
    return intake.finish(made), intake


def procedures(study: Study) -> tuple[pd.DataFrame, Intake]:
    """Coded procedures; coders write them after discharge, so no run sees them before."""
    columns = ["hadm_id", "seq_num", "chartdate", "icd_code", "icd_version"]
    intake = study.intake("procedures", "hosp/procedures_icd", columns, {})
    made = study.who(intake).assign(
        procedure_id=study.record_id("proc", intake, ["hadm_id", "seq_num"]),
        code_system=intake.choice("icd_version", PROCEDURE_SYSTEMS),
        code=intake.text("icd_code"),
        performed_on=study.moved(intake, intake.day("chartdate")),
        available_at=study.discharge(intake),
        is_synthetic=False,
    )
    return intake.finish(made), intake
