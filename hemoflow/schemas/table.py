"""A named frame layout: its columns, its natural key and what it is for."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandera.pandas as pa


@dataclass(frozen=True)
class Layout:
    """Layout of one frame.

    Attributes:
        name: Name used for files, tables and references.
        meaning: One sentence on what a row is.
        columns: Column name to pandera column, in the order of the file.
        key: Columns that identify a row; rows are sorted by them, which makes files byte for byte repeatable.
    """

    name: str
    meaning: str
    columns: Mapping[str, pa.Column]
    key: tuple[str, ...]

    @property
    def schema(self) -> pa.DataFrameSchema:
        """The pandera schema: exactly these columns, in this order."""
        return pa.DataFrameSchema(dict(self.columns), strict=True, ordered=True, name=self.name)
