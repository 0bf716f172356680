"""Ancestry as records name it, in the few groups of the canonical table; only figures by group of patients read it."""

import pandas as pd

CDC = {
    "1002-5": "native_american", "2028-9": "asian", "2054-5": "black", "2076-8": "pacific_islander", "2106-3": "white",
    "2131-1": "other", "2135-2": "hispanic",
}  # fmt: skip
"""Codes of race and ethnicity of the CDC (US Core, HL7 table 0005); any other says nothing."""
OMOP = {
    "8657": "native_american", "8515": "asian", "8516": "black", "8557": "pacific_islander", "8527": "white",
    "8522": "other", "38003563": "hispanic",
}  # fmt: skip
"""Standard concepts of the OHDSI vocabularies Race and Ethnicity."""
BEGINNINGS = {
    "white": "white", "caucasian": "white", "portuguese": "white", "black": "black", "african": "black",
    "asian": "asian", "hispanic": "hispanic", "south american": "hispanic", "american indian": "native_american",
    "native american": "native_american", "native hawaiian": "pacific_islander", "multiple": "other", "other": "other",
}  # fmt: skip
"""How the words of MIMIC-IV and eICU begin."""
UNKNOWN = "other/unknown"


def of_words(words: pd.Series) -> pd.Series:
    """The group that the words of a record name; missing where they name none."""
    plain = words.astype("string").str.strip().str.lower()
    pattern = rf"^(?!{UNKNOWN})({'|'.join(BEGINNINGS)})"
    found: pd.Series = plain.str.extract(pattern, expand=False).map(BEGINNINGS).astype("string")
    return found


def of_codes(race: pd.Series, ethnicity: pd.Series, meanings: dict[str, str]) -> pd.Series:
    """The group that codes name, that of ethnicity before that of race; missing where neither names one."""
    by_ethnicity, by_race = (codes.map(meanings).astype("string") for codes in (ethnicity, race))
    found: pd.Series = by_ethnicity.fillna(by_race)
    return found
