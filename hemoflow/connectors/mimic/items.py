"""Which of MIMIC-IV's codes we read, and what they mean here."""

import re

RED_CELL_ORDER = "Red Cell Product Order"
"""``poe.order_subtype`` of a request for red cells."""

RED_CELL_ITEMS = frozenset({"225168", "226368", "227070"})
"""``inputevents.itemid``: packed red cells on the unit, in theatre, in recovery."""

UNIT_VOLUME_ML = 350.0
"""Median volume of a red-cell infusion in the shipped subset; turns a volume into units."""

LAB_ITEMS: dict[str, str] = {
    "51222": "haemoglobin",
    "50811": "haemoglobin",  # blood gas analyser
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

LAB_UNITS: dict[str, frozenset[str]] = {
    "haemoglobin": frozenset({"g/dL"}),
    "haematocrit": frozenset({"%"}),
    "platelets": frozenset({"K/uL"}),
    "inr": frozenset({""}),
    "creatinine": frozenset({"mg/dL"}),
    "ferritin": frozenset({"ng/mL"}),
    "mcv": frozenset({"fL"}),
    "reticulocytes": frozenset({"%"}),
}
"""Spellings of ``labevents.valueuom`` that equal the canonical unit; a ratio has none, K/uL is 10^9/L."""

DIAGNOSIS_SYSTEMS = {"9": "ICD-9-CM", "10": "ICD-10-CM"}
PROCEDURE_SYSTEMS = {"9": "ICD-9-CM", "10": "ICD-10-PCS"}

_DRUG_WORDS: dict[str, str] = {
    "chemotherapy": """azacitidine bendamustine bleomycin bortezomib busulfan capecitabine carboplatin carfilzomib
        cisplatin cladribine clofarabine cyclophosphamide cytarabine dacarbazine dactinomycin daunorubicin decitabine
        docetaxel doxorubicin epirubicin eribulin etoposide fludarabine fluorouracil gemcitabine hydroxyurea idarubicin
        ifosfamide irinotecan lenalidomide lomustine melphalan mercaptopurine methotrexate mitomycin mitoxantrone
        oxaliplatin paclitaxel pemetrexed procarbazine temozolomide thioguanine thiotepa topotecan venetoclax
        vinblastine vincristine vinorelbine""",
    "anticoagulant": """apixaban argatroban bivalirudin coumadin dabigatran dalteparin edoxaban eliquis enoxaparin
        fondaparinux heparin lovenox pradaxa rivaroxaban tinzaparin warfarin xarelto""",
    "antiplatelet": """abciximab aspirin cangrelor cilostazol clopidogrel dipyridamole eptifibatide plavix prasugrel
        ticagrelor tirofiban vorapaxar""",
    "iron": "feraheme ferric ferrlecit ferrous ferumoxytol iron venofer",
    "esa": "aranesp darbepoetin epoetin epogen mircera procrit retacrit",
}
_NOT_A_TREATMENT = re.compile(
    r"\b(flush|dwell|lock|line|desensiti[sz]ation)\b|ferric subsulfate|ferric citrate", re.IGNORECASE
)
_CLASS_OF = {word: name for name, words in _DRUG_WORDS.items() for word in words.split()}
_WORDS = re.compile(r"[a-z]+")


def drug_class(name: str) -> str | None:
    """Class of a prescribed drug that matters for anaemia, or None.

    A reviewed list of generic names and common brands, matched as whole words. Heparin that keeps a catheter open
    is no anticoagulation, and iron salts that stop bleeding or bind phosphate are no iron treatment.
    """
    if _NOT_A_TREATMENT.search(name):
        return None
    return next((_CLASS_OF[word] for word in _WORDS.findall(name.lower()) if word in _CLASS_OF), None)
