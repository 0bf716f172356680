"""What of a faulty value may be shown: numbers, its shape, and the words that measurements and codes are made of.

Whoever mends a row wants to read what stands there, and a name typed into a column of codes is no reason to keep or
print it: a word that is not in small letters, as a name is written, nor known to be harmless is shown as so many ``x``.
"""

import re
from collections.abc import Iterable

import pandas as pd

from hemoflow.connectors.component_names import COMPONENT_NAMES

MASK = "(masked)"
LONGEST_VALUE = 40
LONG_NUMBER = r"\d{6,}|\b\d{3}-\d{2}-\d{4}\b|\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{4,}"
"""Shapes that could be an identifier in the wrong column: a long number, a social security number, a UUID."""
WORD = r"[^\W\d_]{2,}"
_SHOWN = re.compile(f"({LONG_NUMBER})|({WORD})")

HARMLESS = """
dl ml ul fl kg mg ug ng pg lb lbs oz mm cm mol mmol umol meq miu iu eu ratio percent per mill thou cells units unit bags
bag sec min hr hrs hour hours day days week weeks month months year years am pm utc gmt
nan nat na none null inf infinity true false yes no unknown other missing error invalid pending cancelled canceled
final corrected preliminary haemolysed hemolyzed clotted insufficient sample specimen test result not done see comment
high low normal abnormal positive negative pos neg trace detected reactive
ab rh rhd abo group blood male female date time and of or in the
hgb hb hct plt inr wbc haemoglobin hemoglobin haematocrit hematocrit platelet platelets creatinine ferritin glucose
sodium potassium
discarded destroyed wasted broken rejected transfused used given issued out dispensed outdated expired quarantine
quarantined returned hold on untested reserved crossmatched allocated assigned available stock free ready
home clinic hospital inpatient outpatient chronic acute
"""
KNOWN = frozenset(HARMLESS.split()) | frozenset(re.findall(WORD, " ".join(COMPONENT_NAMES.values()).lower()))
"""Words that are shown; none is a usual name of a person."""


def masked(field: str, values: Iterable[str | None]) -> list[str | None]:
    """Text fit to be kept and shown: no identifier, no name, and nothing that could be one in the wrong column."""
    is_identifier = field.endswith("id") and not field.endswith("concept_id")
    return [
        None if pd.isna(text) else MASK if is_identifier else _SHOWN.sub(_shown, str(text))[:LONGEST_VALUE]
        for text in values
    ]


def _shown(found: re.Match[str]) -> str:
    number, word = found.groups()
    if number:
        return MASK
    return str(word) if word.islower() or word.lower() in KNOWN else "x" * len(word)
