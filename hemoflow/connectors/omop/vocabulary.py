"""The delivered vocabulary: what concept identifiers stand for."""

from collections.abc import Iterable

import pandas as pd

from hemoflow.connectors.blocks import RowTest
from hemoflow.connectors.codes import CODES, LOINC, SNOMED, Kind, meanings
from hemoflow.connectors.drug_names import drug_class
from hemoflow.connectors.omop.tables import Place, has_table, read_table, some_of

SYSTEMS = {
    "SNOMED": SNOMED,
    "LOINC": LOINC,
    "ICD10CM": "ICD-10-CM",
    "ICD10": "ICD-10",
    "ICD9CM": "ICD-9-CM",
    "ICD10PCS": "ICD-10-PCS",
    "ICD9Proc": "ICD-9-CM",
    "CPT4": "CPT",
}
"""OMOP's ``vocabulary_id`` to the code system's name in canonical tables; any other keeps its own name."""

COLUMNS = ("concept_id", "concept_name", "vocabulary_id", "concept_code")


KNOWN: tuple[tuple[str, str, str, str], ...] = (
    ("4028665", "Transfusion of plasma", "SNOMED", "13569004"),
    ("4108705", "Intravenous blood transfusion of packed cells", "SNOMED", "180207008"),
    ("3009542", "Hematocrit", "LOINC", "20570-8"),
    ("3016723", "Creatinine", "LOINC", "2160-0"),
    ("3001122", "Ferritin", "LOINC", "2276-4"),
    ("3007461", "Platelets", "LOINC", "26515-7"),
    ("3024731", "MCV", "LOINC", "30428-7"),
    ("3051825", "Creatinine", "LOINC", "38483-4"),
    ("3023314", "Hematocrit", "LOINC", "4544-3"),
    ("3022217", "INR", "LOINC", "6301-6"),
    ("3000963", "Hemoglobin", "LOINC", "718-7"),
    ("3024929", "Platelets", "LOINC", "777-3"),
    ("3023599", "MCV", "LOINC", "787-2"),
    *(
        (concept, unit, "UCUM", unit)
        for concept, unit in (
            ("8713", "g/dL"), ("8636", "g/L"), ("8753", "mmol/L"), ("8554", "%"), ("8848", "10*3/uL"),
            ("9444", "10*9/L"), ("8792", "K/uL"), ("8961", "10*3/mm3"), ("8840", "mg/dL"), ("8749", "umol/L"),
            ("8842", "ng/mL"), ("8748", "ug/L"), ("8583", "fL"), ("8523", "{ratio}"),
        )
    ),
)  # fmt: skip
"""Concepts of the shipped vocabulary that are read: they serve a delivery without a vocabulary of its own."""

UNKNOWN_SYSTEM = "OMOP concept"


class Vocabulary:
    """The ``CONCEPT`` table of a delivery; a full one has millions of rows, so only what is asked for is kept.

    Without such a table the reviewed concepts are known; the code of any other is the concept itself.

    Args:
        folder: Folder of the CDM tables.

    Attributes:
        is_delivered: Whether there is a table.
        units: Concept identifier to the unit's code in UCUM.
    """

    def __init__(self, folder: Place) -> None:
        self._folder = folder
        self.is_delivered = has_table(folder, "CONCEPT")
        reviewed = {code.code for code in CODES}
        self._reviewed = self._read({"concept_code": reviewed.__contains__})
        self.units = _by_id(self._read({"vocabulary_id": "UCUM".__eq__})["concept_code"])

    def meaning(self, kind: Kind) -> dict[str, str]:
        """Concept identifier to the meaning of the reviewed code that it stands for."""
        known = meanings(kind)
        pairs = zip(self._reviewed["system"], self._reviewed["concept_code"], strict=True)
        found = zip(self._reviewed.index, (known.get(pair) for pair in pairs), strict=True)
        return {concept: means for concept, means in found if means is not None}

    def drugs(self) -> dict[str, str]:
        """Concept identifier to name, for drugs of the classes that matter for anaemia."""
        where = {"domain_id": "Drug".__eq__, "concept_name": lambda name: drug_class(name) is not None}
        return _by_id(self._read(where)["concept_name"])

    def codes(self, concepts: Iterable[str]) -> pd.DataFrame:
        """``system`` and ``concept_code`` by concept identifier."""
        wanted = dict.fromkeys(concepts)
        found = self._read({"concept_id": some_of(wanted)})
        others = [] if self.is_delivered else sorted(concept for concept in wanted if concept not in found.index)
        bare = pd.DataFrame({"system": UNKNOWN_SYSTEM, "concept_code": others}, index=pd.Index(others))
        return pd.concat([found, bare]) if others else found

    def _read(self, where: dict[str, RowTest]) -> pd.DataFrame:
        frame = self._rows(where)
        system = frame["vocabulary_id"].map(lambda name: SYSTEMS.get(name, name))
        return (
            frame.assign(system=system)
            .dropna(subset="concept_id")
            .drop_duplicates("concept_id")
            .set_index("concept_id")
        )

    def _rows(self, where: dict[str, RowTest]) -> pd.DataFrame:
        if self.is_delivered:
            return read_table(self._folder, "CONCEPT", COLUMNS, where, required=True).usable().frame
        known = pd.DataFrame(KNOWN, columns=list(COLUMNS)).assign(domain_id="").astype("string")
        for column, test in where.items():
            known = known[known[column].map(test).astype(bool)]
        return known[list(COLUMNS)]


def _by_id(column: pd.Series) -> dict[str, str]:
    return {str(concept): str(text) for concept, text in column.items()}
