"""NDJSON at the border: one resource a line, flattened to columns of text; a broken line costs only itself."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from hemoflow.connectors.blocks import BrokenLine, text_frame
from hemoflow.connectors.codes import LOINC, SNOMED
from hemoflow.connectors.fhir.pages import Resource, page, pages, parsed
from hemoflow.connectors.masking import shown_file
from hemoflow.connectors.reading import RawRows, joined_rows, read_lines
from hemoflow.connectors.streams import UNSEEN, UnusableFileError

Field = Callable[[Resource], str | None]

SYSTEMS = {
    "http://loinc.org": LOINC,
    "http://snomed.info/sct": SNOMED,
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD-10-CM",
    "http://hl7.org/fhir/sid/icd-10": "ICD-10",
    "http://hl7.org/fhir/sid/icd-9-cm": "ICD-9-CM",
    "http://www.cms.gov/Medicare/Coding/ICD10": "ICD-10-PCS",
    "http://www.ama-assn.org/go/cpt": "CPT",
    "urn:oid:2.16.840.1.113883.6.1": LOINC,
    "urn:oid:2.16.840.1.113883.6.96": SNOMED,
    "urn:oid:2.16.840.1.113883.6.90": "ICD-10-CM",
}
"""Code systems by their FHIR address; source: HL7 terminology, code systems known to FHIR."""

_NOTHING = BrokenLine(1, "the file is empty", "Fetch the file again, or take it away.")
NO_CODE = "(no code)"
"""Stands for the code of a resource that has none."""

NO_VALUE = {"nan", "none", "null", "na", "n/a"}
_CODING = re.compile(r'"coding"\s*:\s*\[\s*\{[^\]]*"code"')
"""Finds a code at all: a line without one is parsed, so that the fault is named."""

_HALF = re.compile("[\ud800-\udfff]")
"""Halves of letters: JSON can spell them, and no file or database holds them."""


def read_resources(
    folder: Path,
    kind: str,
    fields: Mapping[str, Field],
    coded_by: str = "",
    codes: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> RawRows:
    """Read all resources of one type.

    Args:
        folder: The source's folder.
        kind: Resource type, for example ``Observation``.
        fields: Column to the function that takes its text from a resource.
        coded_by: Column that must be there for a row to be kept; every row is kept when left out.
        codes: The codes that column knows. A whole line that holds none of them is let go unparsed, which makes
            reading a file of many analytes several times faster; a broken line is always a fault, for nobody can tell.

    Returns:
        The rows of all parts (``Patient.ndjson``, ``Patient.000.ndjson.gz`` ...) and of all pages that a server gave
        to a search (``*.json`` that hold a Bundle); none when there are none.
    """
    wanted = _Wanted(kind, fields, coded_by, _mark(codes))
    parts = [_part(folder, path, wanted) for path in found_files(folder, kind)]
    parts += [_of_page(folder, path, wanted) for path in pages(folder)]
    empty = RawRows(f"{kind}.ndjson", wanted.frame(()))
    return joined_rows([part for part in parts if len(part.frame) or part.broken] or [empty])


@dataclass(frozen=True)
class _Wanted:
    """What is read of the resources of one type; see :func:`read_resources`."""

    kind: str
    fields: Mapping[str, Field]
    coded_by: str
    mark: re.Pattern[str]

    def frame(self, resources: Iterable[tuple[int, Resource]]) -> pd.DataFrame:
        """Columns of text."""
        rows = ((number, {name: take(entry) for name, take in self.fields.items()}) for number, entry in resources)
        is_kept = self.coded_by
        kept = ((number, list(row.values())) for number, row in rows if not is_kept or row[is_kept] is not None)
        return text_frame(kept, list(self.fields), list(self.fields))


def _part(folder: Path, path: Path, wanted: _Wanted) -> RawRows:
    broken: list[BrokenLine] = [] if path.is_dir() or path.stat().st_size else [_NOTHING]
    try:
        frame = wanted.frame(_resources(folder, path, wanted, broken))
    except UnusableFileError as error:
        broken, frame = [BrokenLine(1, error.reason, error.remedy)], wanted.frame(())
    return RawRows(shown_file(folder, path), frame, tuple(broken))


def _of_page(folder: Path, path: Path, wanted: _Wanted) -> RawRows:
    """Resources of a page; what is wrong with the page itself is said once, with the patients."""
    found, broken = page(folder, path)
    frame = wanted.frame([(number, entry) for number, entry in found if entry.get("resourceType") == wanted.kind])
    return RawRows(shown_file(folder, path), frame, broken if wanted.kind == "Patient" else ())


def found_files(folder: Path, kind: str) -> list[Path]:
    """The NDJSON files of a resource type, in whatever parts."""
    pattern = re.compile(rf"{kind}([._-].*)?\.ndjson(\.gz)?", re.IGNORECASE)
    return sorted(path for path in folder.iterdir() if pattern.fullmatch(path.name))


def value(*path: str) -> Field:
    """The text at a path; of a list the first entry is taken. Other than text and numbers is nothing."""

    def take(resource: Resource) -> str | None:
        node: Any = resource
        for step in path:
            node = _first(node)
            node = node.get(step) if isinstance(node, dict) else None
        return _clean(_first(node))

    return take


def first_of(*fields: Field) -> Field:
    """The first of several fields that is there."""
    return lambda resource: next((text for take in fields if (text := take(resource)) is not None), None)


def identifier(*path: str) -> Field:
    """An identifier; words that programs write for a missing number are none."""
    take = value(*path)

    def _take(resource: Resource) -> str | None:
        text = take(resource)
        return None if text is None or text.lower() in NO_VALUE else text

    return _take


def target(*path: str) -> Field:
    """The identifier at the end of a reference such as ``Patient/12`` or ``urn:uuid:12``."""
    take = identifier(*path, "reference")

    def _take(resource: Resource) -> str | None:
        text = take(resource)
        return None if text is None else re.split(r"[/:#]", text.split("/_history/")[0])[-1] or None

    return _take


def meaning(element: str, meanings: Mapping[tuple[str, str], str]) -> Field:
    """What the first reviewed code of a coded element means."""
    return lambda resource: next((meanings[pair] for pair in _codings(resource, element) if pair in meanings), None)


def measured(element: str, meanings: Mapping[tuple[str, str], str]) -> Field:
    """What the first reviewed code means; :data:`NO_CODE` where the element has no code at all."""
    known = meaning(element, meanings)
    return lambda resource: known(resource) or (None if _has_code(resource, element) else NO_CODE)


def _has_code(resource: Resource, element: str) -> bool:
    concept = _first(resource.get(element))
    codings = concept.get("coding") if isinstance(concept, dict) else None
    listed = codings if isinstance(codings, list) else []
    return any(isinstance(coding, dict) and coding.get("code") for coding in listed)


def coded(element: str, part: int) -> Field:
    """System (``part`` 0) or code (1) of the first coding of a coded element in a known code system."""
    return lambda resource: next((pair[part] for pair in _codings(resource, element)), None)


def _codings(resource: Resource, element: str) -> Iterator[tuple[str, str]]:
    concept = _first(resource.get(element))
    codings = concept.get("coding") if isinstance(concept, dict) else None
    for coding in codings if isinstance(codings, list) else []:
        system, code = value("system")(coding), value("code")(coding)
        if system in SYSTEMS and code is not None:
            yield SYSTEMS[system], code


def _mark(codes: Mapping[tuple[str, str], str]) -> re.Pattern[str]:
    """Finds one of the codes, or letters that could hide one; without codes it finds every line."""
    known = [*(re.escape(code) for _, code in codes), UNSEEN.pattern, r"\\u"]
    return re.compile("|".join(known) if codes else "")


def _resources(folder: Path, path: Path, wanted: _Wanted, broken: list[BrokenLine]) -> Iterator[tuple[int, Resource]]:
    for line in read_lines(folder, path):
        if isinstance(line, BrokenLine):
            broken.append(line)
            continue
        number, text = line
        is_whole = text.rstrip().endswith("}") and "\0" not in text
        if not text.strip() or (is_whole and not wanted.mark.search(text) and _CODING.search(text)):
            continue
        resource = parsed(text)
        if resource is None:
            broken.append(BrokenLine(number, "not a whole JSON object", "Mend the line or fetch the file again."))
        elif resource.get("resourceType") != wanted.kind:
            broken.append(
                BrokenLine(number, f"not a resource of type {wanted.kind}", "Move it to the file of its type.")
            )
        else:
            yield number, resource


def _first(node: object) -> object:
    return (node[0] if node else None) if isinstance(node, list) else node


def _clean(node: object) -> str | None:
    text = UNSEEN.sub("", node).strip() if isinstance(node, str) else ""
    return _HALF.sub("\N{REPLACEMENT CHARACTER}", text) or None
