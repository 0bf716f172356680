"""The reviewed codes: what LOINC and SNOMED CT codes mean here, each with where its meaning was read.

OMOP concept identifiers are not listed: the vocabulary delivered with the data says which code each one stands for.
Public code lists swap some of these codes, so nothing enters this table without a source. Sources:

* ``vocab``: name of the code in the vocabulary shipped in ``data/synthea-omop-5.4``;
* ``fhir``: name of the code in the resources shipped in ``data/synthea-fhir-r4``;
* ``loinc``: the code's long name as published by Regenstrief (loinc.org);
* ``qicore``: the transfusion procedures in the examples and value sets of HL7's QI-Core and acute-care profiles;
* ``ips``: HL7 International Patient Summary, value sets of blood groups;
* ``nmdp``: value sets of ABO groups in the MatchSync guide of NMDP (SNOMED CT of January 2023);
* ``national``: value sets of RhD in national FHIR profiles (the Netherlands, Uzbekistan);
* ``r4``: HL7 FHIR R4, example Observation of a blood group.
"""

from dataclasses import dataclass
from enum import StrEnum

LOINC, SNOMED = "LOINC", "SNOMED CT"
"""Names of the code systems in canonical tables."""


class Kind(StrEnum):
    """What a code says."""

    LAB = "lab"
    TRANSFUSION = "transfusion"
    GROUP_TEST = "group test"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Code:
    """One reviewed code.

    Attributes:
        system: Code system.
        code: The code.
        kind: What it says.
        means: Analyte, component, part of the group that a test tells (``abo``, ``rhd``, ``both``), or the group.
        source: Where the meaning was read.
    """

    system: str
    code: str
    kind: Kind
    means: str
    source: str


CODES = (
    Code(LOINC, "718-7", Kind.LAB, "haemoglobin", "vocab, fhir"),
    Code(LOINC, "59260-0", Kind.LAB, "haemoglobin", "loinc: moles/volume in blood"),
    Code(LOINC, "20570-8", Kind.LAB, "haematocrit", "vocab, fhir"),
    Code(LOINC, "4544-3", Kind.LAB, "haematocrit", "vocab, fhir"),
    Code(LOINC, "777-3", Kind.LAB, "platelets", "vocab, fhir"),
    Code(LOINC, "26515-7", Kind.LAB, "platelets", "vocab"),
    Code(LOINC, "6301-6", Kind.LAB, "inr", "vocab"),
    Code(LOINC, "34714-6", Kind.LAB, "inr", "loinc: INR in blood by coagulation assay"),
    Code(LOINC, "2160-0", Kind.LAB, "creatinine", "vocab"),
    Code(LOINC, "38483-4", Kind.LAB, "creatinine", "vocab, fhir"),
    Code(LOINC, "14682-9", Kind.LAB, "creatinine", "loinc: moles/volume in serum or plasma"),
    Code(LOINC, "2276-4", Kind.LAB, "ferritin", "vocab"),
    Code(LOINC, "787-2", Kind.LAB, "mcv", "vocab, fhir"),
    Code(LOINC, "30428-7", Kind.LAB, "mcv", "vocab"),
    Code(LOINC, "17849-1", Kind.LAB, "reticulocytes", "loinc: per 100 erythrocytes by automated count"),
    Code(SNOMED, "116863004", Kind.TRANSFUSION, "red_cells", "qicore"),
    Code(SNOMED, "71493000", Kind.TRANSFUSION, "red_cells", "qicore"),
    Code(SNOMED, "180207008", Kind.TRANSFUSION, "red_cells", "vocab"),
    Code(SNOMED, "12719002", Kind.TRANSFUSION, "platelets", "qicore"),
    Code(SNOMED, "13569004", Kind.TRANSFUSION, "plasma", "vocab, qicore"),
    Code(SNOMED, "116861002", Kind.TRANSFUSION, "plasma", "qicore: fresh frozen plasma"),
    Code(LOINC, "882-1", Kind.GROUP_TEST, "both", "ips: ABO and Rh group in blood"),
    Code(LOINC, "883-9", Kind.GROUP_TEST, "abo", "r4: ABO group in blood"),
    Code(LOINC, "10331-7", Kind.GROUP_TEST, "rhd", "loinc: Rh in blood"),
    Code(SNOMED, "278148006", Kind.GROUP, "O-", "ips"),
    Code(SNOMED, "278147001", Kind.GROUP, "O+", "ips"),
    Code(SNOMED, "278152006", Kind.GROUP, "A-", "ips"),
    Code(SNOMED, "278149003", Kind.GROUP, "A+", "ips"),
    Code(SNOMED, "278153001", Kind.GROUP, "B-", "ips"),
    Code(SNOMED, "278150003", Kind.GROUP, "B+", "ips"),
    Code(SNOMED, "278154007", Kind.GROUP, "AB-", "ips"),
    Code(SNOMED, "278151004", Kind.GROUP, "AB+", "ips"),
    Code(SNOMED, "58460004", Kind.GROUP, "O", "nmdp"),
    Code(SNOMED, "112144000", Kind.GROUP, "A", "r4, nmdp"),
    Code(SNOMED, "112149005", Kind.GROUP, "B", "nmdp"),
    Code(SNOMED, "165743006", Kind.GROUP, "AB", "nmdp"),
    Code(SNOMED, "165746003", Kind.GROUP, "-", "ips"),
    Code(SNOMED, "165747007", Kind.GROUP, "+", "national"),
    Code(LOINC, "LA21322-5", Kind.GROUP, "O-", "loinc: answer list LL2972-9"),
    Code(LOINC, "LA21321-7", Kind.GROUP, "O+", "loinc: answer list LL2972-9"),
    Code(LOINC, "LA21326-6", Kind.GROUP, "A-", "loinc: answer list LL2972-9"),
    Code(LOINC, "LA21325-8", Kind.GROUP, "A+", "loinc: answer list LL2972-9"),
    Code(LOINC, "LA21328-2", Kind.GROUP, "B-", "loinc: answer list LL2972-9"),
    Code(LOINC, "LA21327-4", Kind.GROUP, "B+", "loinc: answer list LL2972-9"),
    Code(LOINC, "LA21324-1", Kind.GROUP, "AB-", "loinc: answer list LL2972-9"),
    Code(LOINC, "LA21323-3", Kind.GROUP, "AB+", "loinc: answer list LL2972-9"),
    Code(LOINC, "LA19708-9", Kind.GROUP, "O", "loinc: answer list LL2419-1"),
    Code(LOINC, "LA19710-5", Kind.GROUP, "A", "loinc: answer list LL2419-1"),
    Code(LOINC, "LA19709-7", Kind.GROUP, "B", "loinc: answer list LL2419-1"),
    Code(LOINC, "LA28449-9", Kind.GROUP, "AB", "loinc: answer list LL2419-1"),
)
"""Every code that is read. Haemoglobin A1c, faecal haemoglobin and absolute reticulocytes are other quantities."""


def meanings(kind: Kind) -> dict[tuple[str, str], str]:
    """``(system, code)`` to meaning, for one kind of code."""
    return {(code.system, code.code): code.means for code in CODES if code.kind is kind}
