"""The delivered vocabulary: what concept identifiers stand for."""

from collections.abc import Iterable

import pandas as pd

from hemoflow.connectors.blocks import RowTest
from hemoflow.connectors.codes import CODES, LOINC, SNOMED, Kind, meanings
from hemoflow.connectors.drug_names import drug_class
from hemoflow.connectors.omop.tables import Place, read_table, some_of

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


class Vocabulary:
    """The ``CONCEPT`` table of a delivery; a full one has millions of rows, so only what is asked for is kept.

    Args:
        folder: Folder of the CDM tables.

    Raises:
        InputError: There is no ``CONCEPT`` table.
    """

    def __init__(self, folder: Place) -> None:
        self._folder = folder
        reviewed = {code.code for code in CODES}
        self._reviewed = self._read({"concept_code": reviewed.__contains__})
        self.units = _by_id(self._read({"vocabulary_id": "UCUM".__eq__})["concept_code"])
        """Concept identifier to the unit's code in UCUM."""

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
        return self._read({"concept_id": some_of(dict.fromkeys(concepts))})

    def _read(self, where: dict[str, RowTest]) -> pd.DataFrame:
        frame = read_table(self._folder, "CONCEPT", COLUMNS, where, required=True).usable().frame
        system = frame["vocabulary_id"].map(lambda name: SYSTEMS.get(name, name))
        return (
            frame.assign(system=system)
            .dropna(subset="concept_id")
            .drop_duplicates("concept_id")
            .set_index("concept_id")
        )


def _by_id(column: pd.Series) -> dict[str, str]:
    return {str(concept): str(text) for concept, text in column.items()}
