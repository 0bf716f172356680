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

from hemoflow.connectors.sheets.layouts import TEMPLATES
from hemoflow.domain.errors import InputError

FILE_NAME = "mapping.toml"
KEYS = frozenset({"file", "sheet", "header_row", "day_first", "columns", "constants", "names"})


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
    """

    template: str
    file: str
    sheet: str = ""
    header_row: int = 1
    day_first: bool = True
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def plain_mapping() -> list[SheetMapping]:
    """The mapping of filled templates: each under its own name, as CSV or XLSX."""
    return [SheetMapping(name, f"{name}*") for name in TEMPLATES] + [SheetMapping("stock", "units*")]


def read_mapping(folder: Path) -> list[SheetMapping]:
    """The mapping file of a folder.

    Raises:
        InputError: There is none, it is not TOML, or it names an unknown template, key or column.
    """
    path = folder / FILE_NAME
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
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
    found = [f"{name}: unknown key '{key}'" for key in sorted(set(entry) - KEYS)]
    known = {column.name for column in TEMPLATES[name]}
    for part in ("columns", "constants", "names"):
        found += [f"{name}.{part}: unknown column '{key}'" for key in sorted(set(entry.get(part, {})) - known)]
    return found
