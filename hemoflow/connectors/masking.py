"""What of a faulty value, or of a name of a file or a column, may be shown: numbers, shape, words that name nobody.

Whoever mends a row wants to read what stands there, and a name typed into a column of codes is no reason to keep or
print it: a word that is not in small letters, as a name is written, nor known to be harmless is shown as so many ``x``.
Of the name of a file, and of a column that no reader asks for, only the words that layouts are made of are shown,
however they are written.
"""

import re
import tomllib
from collections.abc import Container, Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import pandas as pd

from hemoflow.connectors.component_names import COMPONENT_NAMES

MASK = "(masked)"
LONGEST_VALUE = 40
LONG_NUMBER = r"\d{6,}|\b\d{3}-\d{2}-\d{4}\b|\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{4,}"
"""Shapes that could be an identifier in the wrong column: a long number, a social security number, a UUID."""
WORD = r"[^\W\d_]{2,}"
_SHOWN = re.compile(f"({LONG_NUMBER})|({WORD})")

_FILE = Path(__file__).with_name("harmless_words.toml")
_SETS = {part: frozenset(words.split()) for part, words in tomllib.loads(_FILE.read_text(encoding="utf-8")).items()}
KNOWN = _SETS["values"] | frozenset(re.findall(WORD, " ".join(COMPONENT_NAMES.values()).lower()))
"""Words that are shown; none is a usual name of a person."""

KNOWN_IN_NAMES = KNOWN | _SETS["files"] | _SETS["columns"]
"""Words of names that are shown: those of the layouts that we read, and what exports are usually called."""

DATED = r"(?<!\d)(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{4}(?:\d{2}){0,2})?(?!\d)"
"""A day in a name, with or without a time: no identifier."""
_IN_NAMES = re.compile(f"({DATED})|{LONG_NUMBER}|({WORD})")


def shown_file(folder: Path, path: Path) -> str:
    """The name of a file of a source, fit to be kept and shown.

    Words that no layout has, and long numbers, may name a patient: each letter is an ``x`` then, and ``~3`` before the
    ending says that it is the third file of its folder.
    """
    name = path.relative_to(folder).as_posix().encode("utf-8", "replace").decode()
    masked_name = _IN_NAMES.sub(_shown_in_name, name)
    if masked_name == name:
        return name
    place = _places(path.parent, path.parent.stat().st_mtime_ns).get(path.name, 0)
    parent, slash, last = masked_name.rpartition("/")
    stem, dot, endings = last.partition(".")
    return f"{parent}{slash}{stem}~{place}{dot}{endings}"


def shown_columns(header: Iterable[str], asked: Container[str]) -> tuple[str, ...]:
    """The columns of a file, fit to be kept and shown.

    A column that no reader asks for may be named after a patient: of its name only known words are shown, and ``~3``
    says that it is the third of its file where a letter is masked.
    """
    return tuple(
        name
        if name in asked or (masked_name := _IN_NAMES.sub(_shown_in_name, name)) == name
        else f"{masked_name}~{place}"
        for place, name in enumerate(header, start=1)
    )


def _shown_in_name(found: re.Match[str]) -> str:
    day, word = found.groups()
    return found[0] if day or (word and word.lower() in KNOWN_IN_NAMES) else "x" * len(found[0])


@lru_cache(maxsize=8)
def _places(folder: Path, _changed: int) -> Mapping[str, int]:
    return {path.name: place for place, path in enumerate(sorted(folder.iterdir()), start=1)}


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
