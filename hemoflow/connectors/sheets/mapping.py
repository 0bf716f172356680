"""The mapping file: how a site's own spreadsheets name what the templates name.

```toml
[stock]
file = "inventory*.xlsx"       # which files; the newest name last
sheet = "Sheet1"               # empty: the first
header_row = 3                 # where the names of the columns stand
day_first = true               # 03/04/2024 is the third of April
[stock.columns]                # template column = "column of the file"
unit_id = "Bag No."
blood_group = "Group"
[stock.constants]              # what the file leaves out
site_id = "HOSP-1"
[stock.names.component]       # further names, beside the usual ones
"LPRC (SAGM)" = "red_cells"
```
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hemoflow.connectors.sheets.layouts import ALIASES, TEMPLATES
from hemoflow.domain.errors import InputError

FILE_NAME = "mapping.toml"
KINDS: dict[str, type] = {
    "file": str, "sheet": str, "header_row": int, "day_first": bool, "columns": dict, "constants": dict, "names": dict,
}  # fmt: skip
WORDS = {str: "text", int: "a whole number from 1", bool: "true or false", dict: "a table"}


@dataclass(frozen=True)
class SheetMapping:
    """How the files of one template are read.

    Attributes:
        template: Name of the template.
        file: Pattern of the files' names.
        sheet: Name of the sheet; empty for the first.
        header_row: Line of the header.
        day_first: Whether 03/04/2024 is the third of April.
        columns: Template column to column of the file; a column that is not named has its own name.
        constants: Template column to the value of every row.
        names: Template column to further names of its values.
        skip: Pattern of files that another template reads.
    """

    template: str
    file: str
    sheet: str = ""
    header_row: int = 1
    day_first: bool = True
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    skip: str = ""


def plain_mapping() -> list[SheetMapping]:
    """The mapping of filled templates: each under its own or another of its names, as CSV or XLSX."""
    names = [*TEMPLATES, *ALIASES]
    longer = {name: next((f"{other}*" for other in names if other.startswith(f"{name}_")), "") for name in names}
    return [SheetMapping(ALIASES.get(name, name), f"{name}*", skip=longer[name]) for name in names]


def read_mapping(folder: Path) -> list[SheetMapping]:
    """The mapping file of a folder.

    Raises:
        InputError: There is none, it is not TOML, or it names an unknown template, key or column.
    """
    path = folder / FILE_NAME
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{FILE_NAME} is not in the folder {folder}.", remedy="Write one; see the guide.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not valid TOML: {error}.", remedy="Mend that line.") from error
    problems = [problem for name, entry in found.items() for problem in _problems(name, entry)]
    if problems:
        raise InputError(f"{path}: {'; '.join(problems)}.", remedy="Mend the mapping.")
    return [SheetMapping(name, **{"file": f"{name}*", **entry}) for name, entry in found.items()]


def _problems(name: str, entry: Any) -> list[str]:  # noqa: ANN401 - anything can stand in a TOML file
    if name not in TEMPLATES:
        return [f"unknown template '{name}' (known: {', '.join(TEMPLATES)})"]
    if not isinstance(entry, dict):
        return [f"'{name}' is no table"]
    found = [f"{name}: unknown key '{key}'" for key in sorted(set(entry) - set(KINDS))]
    wrong = [key for key, kind in KINDS.items() if key in entry and not _fits(entry[key], kind)]
    found += [f"{name}.{key} must be {WORDS[KINDS[key]]}" for key in wrong]
    known = {column.name for column in TEMPLATES[name]}
    for part in ("columns", "constants", "names"):
        told = entry.get(part, {}) if part not in wrong else {}
        found += [f"{name}.{part}: unknown column '{key}'" for key in sorted(set(told) - known)]
        kind = dict if part == "names" else str
        found += [f"{name}.{part}.{key} must be {WORDS[kind]}" for key in sorted(told) if not _fits(told[key], kind)]
    return found


def _fits(value: object, kind: type) -> bool:
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 1
    return isinstance(value, kind)
