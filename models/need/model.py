"""The need model: each programme's boosted trees, and how they are kept on disk."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb
from numpy.typing import NDArray

from hemoflow.domain.errors import StateError
from models.drift import Reference
from models.evaluation import Vector
from models.need.card import TREES, card
from models.need.features import FEATURES
from models.need.programme import Programme

FORMAT = "hemoflow-need/9"
MODEL, CARD, REFERENCE = "model.json", "card.md", "reference.json"


@dataclass(frozen=True)
class NeedModel:
    """A trained need model.

    Attributes:
        programmes: The models of each programme.
        horizon_days: Coming days that the models of units know.
        features: Columns of the trees for the probability, in order.
        metrics: Out-of-sample figures by source, see :meth:`models.need.validation.Metrics.to_dict`.
        challengers: What other kinds of models reached on the same folds, see :func:`models.need.contest.contest`.
        seed: Seed of training.
        data_hash: Hash of everything learned from.
        trained_as_of: The day after which it has seen nothing.
        reference: How columns and score lay in training, for drift.
        fairness: Rows of FAIRNESS as plain values.
        searched: What the search for settings found, by programme; empty without one.
        in_time: Figures on later days than everything learned from, by programme, see :mod:`models.need.in_time`.
        family: What gives the probability of 24 hours: the boosted trees, or the challenger that took their place.
        standing: How it compares with the version in force at its training, see :mod:`models.need.standing`; no part
            of the version, and empty where it was not asked for.
    """

    programmes: Mapping[str, Programme]
    horizon_days: int
    features: tuple[str, ...]
    metrics: Mapping[str, Any]
    challengers: Mapping[str, Any]
    seed: int
    data_hash: str
    trained_as_of: date
    reference: Reference
    fairness: tuple[Mapping[str, Any], ...] = ()
    searched: Mapping[str, Any] = field(default_factory=dict)
    in_time: Mapping[str, Any] = field(default_factory=dict)
    family: str = TREES
    standing: Mapping[str, Any] = field(default_factory=dict)

    @property
    def model_id(self) -> str:
        """Version: the day and a hash of everything that :meth:`save` writes."""
        return f"need-{self.trained_as_of}-{hashlib.sha256(_json(self._content()).encode()).hexdigest()[:12]}"

    def parts(self, programme: pd.Series) -> Iterator[tuple[Programme, NDArray[np.bool_]]]:
        """The models, each with the rows that it answers for; a programme that was not learned goes to the first.

        Models without rows are left out.
        """
        names = list(self.programmes)
        known = programme.astype("str").where(programme.isin(names), names[0])
        for name in names:
            rows = (known == name).to_numpy(dtype=bool)
            if rows.any():
                yield self.programmes[name], rows

    def probability(self, columns: pd.DataFrame, programme: pd.Series) -> Vector:
        """Calibrated probability of a request within 24 hours of each row."""
        return self._each(Programme.probability, columns, programme)

    def week_probability(self, columns: pd.DataFrame, programme: pd.Series) -> Vector:
        """Calibrated probability of a request within the horizon of each row."""
        return self._each(Programme.week_probability, columns, programme)

    def twin_probability(self, columns: pd.DataFrame, programme: pd.Series) -> Vector:
        """What :meth:`probability` would be, had nothing been learned from the patients kept out."""
        return self._each(lambda models, rows: models.twin.probability(rows), columns, programme)

    def _each(
        self, ask: Callable[[Programme, pd.DataFrame], Vector], columns: pd.DataFrame, programme: pd.Series
    ) -> Vector:
        found = np.zeros(len(columns))
        for models, rows in self.parts(programme):
            found[rows] = ask(models, columns[rows])
        return found

    def save(self, folder: Path) -> str:
        """Write trees (UBJSON), ``model.json``, ``reference.json`` and ``card.md``; same model, same bytes.

        Returns:
            SHA-256 of ``model.json``, which in turn holds those of the trees; :meth:`load` wants it back.
        """
        content = {**self._content(), "model_id": self.model_id}
        folder.mkdir(parents=True, exist_ok=True)
        for name, booster in self._boosters().items():
            (folder / name).write_bytes(_raw(booster))
        (folder / CARD).write_text(card({**content, "standing": self.standing}), encoding="utf-8")
        (folder / REFERENCE).write_text(self._reference(), encoding="utf-8")
        (folder / MODEL).write_text(_json(content), encoding="utf-8")
        return hashlib.sha256(_json(content).encode()).hexdigest()

    @classmethod
    def load(cls, folder: Path, *, sha256: str | None = None) -> "NeedModel":
        """Read a model back; nothing is unpickled, and no file is used whose hash does not fit.

        Args:
            folder: Folder that :meth:`save` wrote.
            sha256: What :meth:`save` returned, from a place that is trusted; none checks the trees only.

        Raises:
            StateError: A file is absent, was changed, or has another format.
        """
        content = json.loads(_checked(folder / MODEL, sha256))
        if content.get("format") != FORMAT or content["features"] != [feature.name for feature in FEATURES]:
            raise StateError(f"The need model in {folder} has another format.", remedy="Train a new one.")
        trees = {name: _booster(_checked(folder / name, digest)) for name, digest in content["files"].items()}
        return cls(
            programmes={
                name: Programme.restored(part, {path.partition("-")[2][:-4]: trees[path] for path in part["files"]})
                for name, part in content["programmes"].items()
            },
            horizon_days=content["horizon_days"],
            features=tuple(content["features"]),
            metrics=content["metrics"],
            challengers=content["challengers"],
            seed=content["seed"],
            data_hash=content["data_hash"],
            trained_as_of=date.fromisoformat(content["trained_as_of"]),
            reference=Reference.restored(json.loads(_checked(folder / REFERENCE, content["reference_sha256"]))),
            fairness=tuple(content["fairness"]),
            searched=content["searched"],
            in_time=content["in_time"],
            family=content["family"],
        )

    def _reference(self) -> str:
        return _json(self.reference.content())

    def _boosters(self) -> dict[str, xgb.Booster]:
        return {
            f"{name}-{kind}.ubj": booster
            for name, models in self.programmes.items()
            for kind, booster in models.boosters().items()
        }

    def _content(self) -> dict[str, Any]:
        programmes = {
            name: models.content() | {"files": [f"{name}-{kind}.ubj" for kind in models.boosters()]}
            for name, models in self.programmes.items()
        }
        return {
            "format": FORMAT,
            "trained_as_of": self.trained_as_of.isoformat(),
            "horizon_days": self.horizon_days,
            "features": list(self.features),
            "programmes": programmes,
            "files": {name: hashlib.sha256(_raw(booster)).hexdigest() for name, booster in self._boosters().items()},
            "reference_sha256": hashlib.sha256(self._reference().encode()).hexdigest(),
            "metrics": dict(self.metrics),
            "challengers": dict(self.challengers),
            "fairness": list(self.fairness),
            "searched": dict(self.searched),
            "in_time": dict(self.in_time),
            "family": self.family,
            "seed": self.seed,
            "data_hash": self.data_hash,
        }


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=1, sort_keys=True) + "\n"


def _raw(booster: xgb.Booster) -> bytes:
    return bytes(booster.save_raw("ubj"))


def _booster(raw: bytes) -> xgb.Booster:
    booster = xgb.Booster({"nthread": 1})
    booster.load_model(bytearray(raw))
    return booster


def _checked(path: Path, sha256: str | None) -> bytes:
    if not path.is_file():
        raise StateError(f"The need model lacks {path.name} in {path.parent}.", remedy="Train again: hemoflow train.")
    content = path.read_bytes()
    if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
        raise StateError(
            f"{path} is not the file that was trained: its SHA-256 differs.",
            remedy="Restore it from a backup or train again: hemoflow train.",
        )
    return content
