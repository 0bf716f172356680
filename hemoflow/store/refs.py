"""References to a stage's results: small enough for Prefect, checked against their hashes when they are followed."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import pandas as pd

from hemoflow.domain.errors import StateError
from hemoflow.domain.refs import FrameRef
from hemoflow.store.files import sha256_of_file
from hemoflow.store.parquet import read_checked, read_frame


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file that is not a frame.

    Attributes:
        name: File name, for example ``brief.html``.
        path: Where it is.
        sha256: Hash of its bytes.
    """

    name: str
    path: str
    sha256: str


Ref = TypeVar("Ref", FrameRef, FileRef)


@dataclass(frozen=True, slots=True)
class StageRef:
    """What a stage of a run left behind.

    Attributes:
        run_id: The run.
        stage: The stage.
        frames: Its frames, by name.
        files: Its other files, by name.
    """

    run_id: str
    stage: str
    frames: tuple[FrameRef, ...]
    files: tuple[FileRef, ...]

    @property
    def items(self) -> tuple[FrameRef | FileRef, ...]:
        """Frames and other files."""
        return (*self.frames, *self.files)

    def frame(self, name: str) -> pd.DataFrame:
        """Load a frame.

        Raises:
            StateError: The stage has no such frame, or its file is gone or was changed.
        """
        ref = self._named(name, self.frames)
        return read_frame(Path(ref.path), ref.sha256)

    def file(self, name: str) -> bytes:
        """Load another file.

        Raises:
            StateError: The stage has no such file, or it is gone or was changed.
        """
        ref = self._named(name, self.files)
        return read_checked(Path(ref.path), ref.sha256)

    def damaged(self) -> list[str]:
        """Paths of the files that are gone or were changed."""
        return [ref.path for ref in self.items if sha256_of_file(Path(ref.path)) != ref.sha256]

    def to_json(self) -> str:
        """The reference as JSON text."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "StageRef":
        """The reference that :meth:`to_json` wrote."""
        raw = json.loads(text)
        frames = tuple(FrameRef(**ref) for ref in raw["frames"])
        return cls(raw["run_id"], raw["stage"], frames, tuple(FileRef(**ref) for ref in raw["files"]))

    def _named(self, name: str, refs: Sequence[Ref]) -> Ref:
        for ref in refs:
            if ref.name == name:
                return ref
        known = ", ".join(ref.name for ref in refs) or "none"
        raise StateError(f"Stage {self.stage} of run {self.run_id} has no '{name}'.", remedy=f"It has: {known}.")
