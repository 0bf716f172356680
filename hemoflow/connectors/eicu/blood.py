"""Transfusions: treatments that name a component, and volumes of the fluid balance where there is none."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from hemoflow.connectors.eicu.items import UNIT_VOLUME_ML, component_of, red_cell_volume, units_of
from hemoflow.connectors.eicu.study import STAY, Study
from hemoflow.connectors.intake import Intake
from hemoflow.domain.units import Component

MOST_ML = 20000.0
TREATMENT = ["treatmentid", "treatmentoffset", "treatmentstring"]


def transfusions(study: Study) -> tuple[pd.DataFrame, Intake]:
    """Treatments that are transfusions.

    A path and a longer path under it at the same minute of a stay are one transfusion; the longer one says how many.
    """
    intake = study.intake(
        "transfusions", "treatment", TREATMENT, {"treatmentstring": lambda text: component_of(text) is not None}
    )
    started = study.instant(intake, "treatmentoffset")
    text = intake.rows["treatmentstring"]
    made = study.record(intake, "transfusion_id", "tx", "treatmentid").assign(
        component=_mapped(text, component_of),
        given_units=_mapped(text, units_of),
        volume_ml=None,
        started_at=started,
        setting="inpatient",
        available_at=started,
    )
    longest = made.sort_values(["given_units", "transfusion_id"], ascending=[False, True], kind="stable")
    once = longest.drop_duplicates(["patient_id", "encounter_id", "component", "started_at"])
    return intake.finish(once.sort_index()), intake


def volumes(study: Study) -> tuple[pd.DataFrame, Intake]:
    """Red cells of the fluid balance, for stays without a treatment that names them; 350 ml are a unit."""
    treated = _treated(study)
    columns = ["intakeoutputid", "intakeoutputoffset", "celllabel", "cellvaluenumeric"]
    where = {"celllabel": red_cell_volume, STAY: lambda stay: stay not in treated}
    intake = study.intake("transfusions", "intakeoutput", columns, where, ["intakeoutputentryoffset"])
    started = study.instant(intake, "intakeoutputoffset")
    entered = study.instant(intake, "intakeoutputentryoffset", missing=True)
    volume = intake.number("cellvaluenumeric", least=0, most=MOST_ML)
    made = study.record(intake, "transfusion_id", "vol", "intakeoutputid").assign(
        component=str(Component.RED_CELLS),
        given_units=np.maximum(1, np.floor(volume / UNIT_VOLUME_ML + 0.5)),
        volume_ml=volume,
        started_at=started,
        setting="inpatient",
        available_at=pd.DataFrame({"started": started, "entered": entered}).max(axis=1),
    )
    return intake.finish(made), intake


def notes(study: Study) -> list[str]:
    """Sentences about what was passed over."""
    treated = _treated(study)
    where = {"celllabel": red_cell_volume, STAY: treated.__contains__}
    passed_over = len(study.read("intakeoutput", ["celllabel", STAY], where).frame)
    if not passed_over:
        return []
    return [
        f"{passed_over} volumes of red cells belong to stays whose treatments name them; they were not counted twice."
    ]


def _treated(study: Study) -> frozenset[str]:
    """Stays with a treatment that names red cells."""
    where = {"treatmentstring": lambda text: component_of(text) is Component.RED_CELLS}
    raw = study.read("treatment", [STAY, "treatmentstring"], where)
    return frozenset(raw.frame[STAY].dropna())


def _mapped(text: pd.Series, meaning: Callable[[str], object]) -> pd.Series:
    return text.map({written: meaning(written) for written in text.dropna().unique()})
