"""Which of MIMIC-IV's codes we read, and what they mean here."""

RED_CELL_ORDER = "Red Cell Product Order"
"""``poe.order_subtype`` of a request for red cells."""

RED_CELL_ITEMS = frozenset({"225168", "226368", "227070"})
"""``inputevents.itemid``: packed red cells on the unit, in theatre, in recovery."""

UNIT_VOLUME_ML = 350.0
"""Median volume of a red-cell infusion in the shipped subset; turns a volume into units."""

LAB_ITEMS: dict[str, str] = {
    "51222": "haemoglobin",
    "50811": "haemoglobin_blood_gas",
    "51221": "haematocrit",
    "50810": "haematocrit",  # blood gas analyser
    "51265": "platelets",
    "51237": "inr",
    "50912": "creatinine",
    "50924": "ferritin",
    "51250": "mcv",
    "51283": "reticulocytes",
}
"""``labevents.itemid`` to analyte."""

DIAGNOSIS_SYSTEMS = {"9": "ICD-9-CM", "10": "ICD-10-CM"}
PROCEDURE_SYSTEMS = {"9": "ICD-9-CM", "10": "ICD-10-PCS"}
