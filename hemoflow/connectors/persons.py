"""The patients of an electronic record: one row each, once every other table has said when it first mentions them."""

from collections.abc import Mapping

import pandas as pd

from hemoflow.connectors.cohort import SITE, first_seen
from hemoflow.connectors.intake import Intake
from hemoflow.domain.requests import CareSetting
from hemoflow.schemas.canonical import PATIENTS


def patients(
    intake: Intake, born: pd.DataFrame, groups: pd.DataFrame, others: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """The canonical patients.

    A patient with an inpatient stay is ``inpatient``, any other ``background``: electronic records do not say who is
    in a transfusion programme. Known from the first record that mentions the patient, without any from birth on.
    Everything about the home, antibodies and thresholds is not recorded and stays missing.

    Args:
        intake: The patients on their way in.
        born: ``patient_id``, ``sex``, ``birth_year`` and ``ancestry`` by line.
        groups: Result of :func:`hemoflow.connectors.group_results.agreed_groups`.
        others: The other canonical frames of the load.
    """
    patient_id = born["patient_id"]
    stays = others["encounters"]
    admitted = stays.loc[stays["care_setting"] == CareSetting.INPATIENT, "patient_id"]
    birth = pd.to_datetime(born["birth_year"].astype("string"), format="%Y", errors="coerce", utc=True)
    columns = {
        "patient_id": patient_id,
        "sex": born["sex"],
        "birth_year": born["birth_year"],
        "ancestry": born["ancestry"],
        "blood_group": patient_id.map(groups["blood_group"]),
        "is_group_synthetic": False,
        "is_group_confirmed": patient_id.map(groups["is_group_confirmed"]),
        "programme": patient_id.isin(admitted).map({True: "inpatient", False: "background"}),
        "site_id": SITE,
        "available_at": patient_id.map(first_seen(others.values())).fillna(birth),
        "is_synthetic": False,
    }
    unknown = {name: None for name in PATIENTS.columns if name not in columns}
    return intake.finish(pd.DataFrame({**unknown, **columns}))
