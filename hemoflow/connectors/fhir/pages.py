"""Pages that a FHIR server gave to a search: JSON files that hold a Bundle."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from hemoflow.connectors.blocks import BrokenLine
from hemoflow.connectors.streams import UnusableFileError, open_stream

Resource = Mapping[str, Any]
Page = tuple[list[tuple[int, Resource]], tuple[BrokenLine, ...]]

MOST_BYTES = 2**28
"""A page is read whole; a server gives some hundred resources at a time."""


def pages(folder: Path) -> list[Path]:
    """The JSON files of a folder, plain or gzipped."""
    return sorted(path for path in folder.iterdir() if path.name.lower().endswith((".json", ".json.gz")))


def page(folder: Path, path: Path) -> Page:
    """The resources of a page under the number of their entry, and what is wrong with it.

    A file that holds one resource of its own is a page of one; every other JSON is a fault in line 1.
    """
    state = path.stat()
    return _page(folder, path, state.st_mtime_ns, state.st_size)


def parsed(text: str) -> dict[str, Any] | None:
    """The object of a text; its numbers stay text, so that no digit is lost. None where it is no whole object."""
    try:
        found = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def entries(resource: Resource, element: str) -> list[dict[str, Any]]:
    """The objects in a list of a resource; none where it has no such list."""
    found = resource.get(element)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


@lru_cache(maxsize=64)
def _page(folder: Path, path: Path, _changed: int, size: int) -> Page:
    try:
        with open_stream(folder, path) as stream:
            data = b"".join(stream.blocks()) if size <= MOST_BYTES else b""
    except UnusableFileError as error:
        return [], (BrokenLine(1, error.reason, error.remedy),)
    found = None if stream.is_cut else parsed(data.decode("utf-8", errors="replace"))
    if found is None:
        return [], (BrokenLine(1, "not a whole JSON object", "Fetch the page again."),)
    if found.get("resourceType") != "Bundle":
        return [(1, found)], ()
    told = found.get("entry")
    listed = told if isinstance(told, list) else []
    inner = [entry.get("resource") if isinstance(entry, dict) else None for entry in listed]
    return [(number, entry) for number, entry in enumerate(inner, start=1) if isinstance(entry, dict)], ()
