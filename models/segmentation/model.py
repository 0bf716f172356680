"""The kept segmentation: places patients without fitting again, and is stored as plain JSON."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hemoflow.domain.errors import StateError
from hemoflow.schemas.frames import conform
from hemoflow.schemas.routing import SEGMENTS
from models.segmentation.base import Matrix, Prototypes
from models.segmentation.evidence import Evidence
from models.segmentation.features import Column, clustering_matrix
from models.segmentation.rules import Condition, Rule

FORMAT = "hemoflow-segmentation/1"
MODEL = "model.json"


@dataclass(frozen=True)
class SegmentationModel:
    """Segments of one fit.

    Membership of a patient in a segment is the mean co-association with its members: in each base clustering the
    patient falls into one cluster, and counts the share of the segment's members that fell into it too.

    Attributes:
        columns: Scaling of the clustering matrix.
        runs: Base clusterings.
        shares: For each run clusters x segments: share of the segment's anchors in the cluster.
        segments: Segment number of each column of the shares.
        next_number: First number that no fit of this line has used.
        rules: Rules found by the search.
        evidence: What the fit showed about itself.
        seed: Seed of everything random.
        data_hash: Hash of what was learned from.
        trained_as_of: The day after which it has seen nothing.
    """

    columns: tuple[Column, ...]
    runs: tuple[Prototypes, ...]
    shares: tuple[Matrix, ...]
    segments: tuple[int, ...]
    next_number: int
    rules: tuple[Rule, ...]
    evidence: Evidence
    seed: int
    data_hash: str
    trained_as_of: date

    @property
    def model_id(self) -> str:
        """Version: the day and a hash of everything that is kept."""
        return f"segmentation-{self.trained_as_of}-{hashlib.sha256(self._json().encode()).hexdigest()[:12]}"

    def membership(self, profiles: pd.DataFrame) -> Matrix:
        """Patients x segments: mean co-association with the members of each segment, 0 to 1."""
        matrix = clustering_matrix(profiles, self.columns)
        if not self.runs:
            return np.ones((len(profiles), 1))
        found = [shares[run.place(matrix)] for run, shares in zip(self.runs, self.shares, strict=True)]
        return np.asarray(np.mean(found, axis=0), dtype=np.float64).clip(0.0, 1.0)

    def place(self, profiles: pd.DataFrame, margin: float) -> pd.DataFrame:
        """Segment, membership and margin of each patient, also of one whom the fit has not seen.

        Args:
            profiles: OUTPATIENT_PROFILES.
            margin: Below this distance to the second segment a patient is ambiguous.

        Returns:
            A frame of SEGMENTS.
        """
        member = self.membership(profiles)
        ranked = np.sort(member, axis=1)
        second = ranked[:, -2] if member.shape[1] > 1 else np.zeros(len(member))
        frame = pd.DataFrame({"patient_id": profiles["patient_id"].to_numpy()})
        frame["segment"] = np.array(self.segments, dtype=np.int64)[member.argmax(axis=1)]
        frame["membership_share"], frame["margin_share"] = ranked[:, -1], ranked[:, -1] - second
        frame["is_ambiguous"] = (frame["margin_share"] < margin) & (member.shape[1] > 1)
        frame = frame.assign(cluster_segment=frame["segment"], rule_segment=None, placed_by="clusters")
        return conform(frame, SEGMENTS)

    def save(self, folder: Path) -> str:
        """Write ``model.json``; the same model gives the same bytes.

        Returns:
            SHA-256 of the file; :meth:`load` wants it back.
        """
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MODEL).write_text(self._json(), encoding="utf-8")
        return hashlib.sha256(self._json().encode()).hexdigest()

    @classmethod
    def load(cls, folder: Path, *, sha256: str | None = None) -> "SegmentationModel":
        """Read a model back; nothing is unpickled.

        Args:
            folder: Folder that :meth:`save` wrote.
            sha256: What :meth:`save` returned.

        Raises:
            StateError: The file is absent, was changed, or has another format.
        """
        path = folder / MODEL
        content = path.read_bytes() if path.is_file() else b""
        if not content or (sha256 is not None and hashlib.sha256(content).hexdigest() != sha256):
            raise StateError(f"{path} is absent or was changed.", remedy="Train again: hemoflow train.")
        read = json.loads(content)
        if read.get("format") != FORMAT:
            raise StateError(f"The segmentation in {folder} has another format.", remedy="Train again: hemoflow train.")
        return cls(
            columns=tuple(Column(**column) for column in read["columns"]),
            runs=tuple(_run(run) for run in read["runs"]),
            shares=tuple(np.array(shares) for shares in read["shares"]),
            segments=tuple(read["segments"]),
            next_number=read["next_number"],
            rules=tuple(_rule(rule) for rule in read["rules"]),
            evidence=Evidence.read(read["evidence"]),
            seed=read["seed"],
            data_hash=read["data_hash"],
            trained_as_of=date.fromisoformat(read["trained_as_of"]),
        )

    def _json(self) -> str:
        content: dict[str, Any] = {
            "format": FORMAT,
            "columns": [asdict(column) for column in self.columns],
            "runs": [_written(run) for run in self.runs],
            "shares": [shares.tolist() for shares in self.shares],
            "segments": list(self.segments),
            "next_number": self.next_number,
            "rules": [{"segment": rule.segment, "number": rule.number, "when": _words(rule)} for rule in self.rules],
            "evidence": self.evidence.to_dict(),
            "seed": self.seed,
            "data_hash": self.data_hash,
            "trained_as_of": self.trained_as_of.isoformat(),
        }
        return json.dumps(content, sort_keys=True) + "\n"


def _words(rule: Rule) -> list[str]:
    return [condition.words for condition in rule.conditions]


def _rule(read: Mapping[str, Any]) -> Rule:
    return Rule(read["segment"], read["number"], tuple(Condition.parse(words) for words in read["when"]))


def _written(run: Prototypes) -> dict[str, Any]:
    arrays = {name: getattr(run, name).tolist() for name in ("columns", "centres", "weights", "offsets")}
    return {"algorithm": run.algorithm, "power": run.power, **arrays}


def _run(read: Mapping[str, Any]) -> Prototypes:
    arrays = {name: np.array(read[name], dtype=np.float64) for name in ("centres", "weights", "offsets")}
    columns = np.array(read["columns"], dtype=np.int64)
    return Prototypes(algorithm=read["algorithm"], power=read["power"], columns=columns, **arrays)
