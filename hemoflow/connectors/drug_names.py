"""Which drugs matter for anaemia, told by their names; shared by every source that records names."""

import re

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
