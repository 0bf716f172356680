"""NDJSON at the border: one resource a line, flattened to columns of text; a broken line costs only itself."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hemoflow.connectors.blocks import BrokenLine, text_frame
from hemoflow.connectors.codes import LOINC, SNOMED
from hemoflow.connectors.reading import RawRows, read_lines
from hemoflow.domain.errors import InputError

Resource = Mapping[str, Any]
Field = Callable[[Resource], str | None]

ENDINGS = (".ndjson", ".ndjson.gz")
SYSTEMS = {
    "http://loinc.org": LOINC,
    "http://snomed.info/sct": SNOMED,
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD-10-CM",
    "http://hl7.org/fhir/sid/icd-10": "ICD-10",
    "http://hl7.org/fhir/sid/icd-9-cm": "ICD-9-CM",
    "http://www.cms.gov/Medicare/Coding/ICD10": "ICD-10-PCS",
    "http://www.ama-assn.org/go/cpt": "CPT",
}
"""Code systems by their FHIR address; source: HL7 terminology, code systems known to FHIR."""

NO_VALUE = {"nan", "none", "null", "na", "n/a"}
_UNSEEN = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")
"""Zero-width characters: exports break long names with them."""


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
        No rows when there is no file of this type.

    Raises:
        InputError: The type is split into several files.
    """
    path = found_file(folder, kind)
    if path is None:
        return RawRows(f"{kind}.ndjson", text_frame(iter(()), list(fields), list(fields)))
    broken: list[BrokenLine] = []
    rows = (
        (number, {name: take(resource) for name, take in fields.items()})
        for number, resource in _resources(folder, path, kind, _mark(codes), broken)
    )
    kept = ((number, list(row.values())) for number, row in rows if not coded_by or row[coded_by] is not None)
    frame = text_frame(kept, list(fields), list(fields))
    return RawRows(path.name, frame, tuple(broken))


def found_file(folder: Path, kind: str) -> Path | None:
    """The file of a resource type, if there is one.

    Raises:
        InputError: There are several.
    """
    parts = sorted(path for path in folder.glob(f"{kind}*.ndjson*") if re.match(rf"{kind}[._-]", path.name))
    if len(parts) > 1 or (parts and parts[0].name not in {kind + ending for ending in ENDINGS}):
        listing = ", ".join(path.name for path in parts)
        raise InputError(
            f"{kind} comes in parts: {listing}.", remedy=f"Join them, one after the other, into {kind}.ndjson."
        )
    return parts[0] if parts else None


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
    return re.compile("|".join([*(re.escape(code) for _, code in codes), _UNSEEN.pattern, r"\\u"]) if codes else "")


def _resources(
    folder: Path, path: Path, kind: str, mark: re.Pattern[str], broken: list[BrokenLine]
) -> Iterator[tuple[int, Resource]]:
    for line in read_lines(folder, path):
        if isinstance(line, BrokenLine):
            broken.append(line)
            continue
        number, text = line
        if not text.strip() or (text.rstrip().endswith("}") and not mark.search(text)):
            continue
        resource = _parsed(text)
        if resource is None:
            broken.append(BrokenLine(number, "not a whole JSON object", "Mend the line or fetch the file again."))
        elif resource.get("resourceType") != kind:
            broken.append(BrokenLine(number, f"not a resource of type {kind}", "Move it to the file of its type."))
        else:
            yield number, resource


def _parsed(text: str) -> dict[str, Any] | None:
    """The object of a line; its numbers stay text, so that no digit is lost."""
    try:
        found = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _first(node: object) -> object:
    return (node[0] if node else None) if isinstance(node, list) else node


def _clean(node: object) -> str | None:
    return (_UNSEEN.sub("", node).strip() or None) if isinstance(node, str) else None
