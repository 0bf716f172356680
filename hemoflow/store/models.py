"""The registry of trained models: which version a run of a given day may use."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from hemoflow.domain.errors import StateError
from hemoflow.store.engine import Repository
from hemoflow.store.files import relative
from hemoflow.store.records import ModelRecord
from hemoflow.store.tables import MODELS

IDENTITY = ("kind", "sha256", "trained_as_of", "data_hash")
"""What two models of the same version name must share."""


class ModelRepository(Repository):
    """Model versions and their promotion."""

    def add_model(
        self,
        kind: str,
        model_id: str,
        folder: Path,
        *,
        sha256: str,
        trained_as_of: date,
        metrics: Mapping[str, Any],
        features: Sequence[str],
        data_hash: str,
        decision: str = "",
    ) -> ModelRecord:
        """Register a trained model whose files are already in place; the same model twice changes nothing.

        Args:
            kind: What it predicts.
            model_id: Version.
            folder: Folder of its files, under the home folder.
            sha256: Hash that its loader checks before it reads them.
            trained_as_of: The day after which it has seen nothing.
            metrics: Evaluation, as JSON can hold it; a number that is not finite becomes null.
            features: Columns it reads, in order.
            data_hash: Hash of its training data.
            decision: Why training promotes it, or does not; that of the first time stays.

        Raises:
            StateError: Another model has this version name.
            UsageError: The folder is not under the home folder.
        """
        row = {
            "kind": kind,
            "model_id": model_id,
            "folder": relative(folder, self._database.home),
            "sha256": sha256,
            "trained_as_of": trained_as_of,
            "metrics": _without_nan(metrics),
            "features": list(features),
            "data_hash": data_hash,
            "decision": decision,
        }
        with self._database.writing() as connection:
            known = _find(connection, model_id)
            if known is None:
                connection.execute(insert(MODELS).values(row))
            elif any(known._asdict()[name] != row[name] for name in IDENTITY):
                raise StateError(
                    f"Model {model_id} exists and is another one.", remedy="Give this one its own version."
                )
            return _record(_require(connection, model_id), self._database.home)

    def promote(self, model_id: str, decision: str = "") -> ModelRecord:
        """Let runs use a model.

        Args:
            model_id: Version.
            decision: Why; empty keeps what was said before.

        Raises:
            StateError: There is no such model.
        """
        with self._database.writing() as connection:
            latest = connection.scalar(select(func.max(MODELS.c.promotion))) or 0
            row = _require(connection, model_id)
            number = latest if latest and row.promotion == latest else latest + 1
            told = {"promotion": number, "decision": decision or row.decision}
            connection.execute(update(MODELS).where(MODELS.c.model_id == model_id).values(told))
            return _record(_require(connection, model_id), self._database.home)

    def promoted_model(self, kind: str, as_of: date) -> ModelRecord | None:
        """The newest promoted model of a kind that has seen nothing after ``as_of``; of equals the last promoted."""
        fits = (MODELS.c.kind == kind, MODELS.c.promotion.is_not(None), MODELS.c.trained_as_of <= as_of)
        query = select(MODELS).where(*fits).order_by(MODELS.c.trained_as_of.desc(), MODELS.c.promotion.desc())
        with self._database.reading() as connection:
            row = connection.execute(query.limit(1)).first()
        return None if row is None else _record(row, self._database.home)

    def last_promoted(self, kind: str) -> ModelRecord | None:
        """The model of a kind that was promoted last, whatever day it was trained as of."""
        query = select(MODELS).where(MODELS.c.kind == kind, MODELS.c.promotion.is_not(None))
        with self._database.reading() as connection:
            row = connection.execute(query.order_by(MODELS.c.promotion.desc()).limit(1)).first()
        return None if row is None else _record(row, self._database.home)

    def in_force(self, kind: str, as_of: date | None, pinned: str = "") -> ModelRecord | None:
        """The version that counts on a day: the pinned one, whatever was promoted since, else the promoted one.

        Args:
            kind: What it predicts.
            as_of: The day; None for models that no day looks at, of which the one promoted last counts.
            pinned: The version that the deployment keeps to; empty for none.

        Raises:
            StateError: The pinned model is unknown, of another kind, or has seen days after ``as_of``.
        """
        if not pinned:
            return self.last_promoted(kind) if as_of is None else self.promoted_model(kind, as_of)
        record = self.model(pinned)
        if record.kind != kind or (as_of and record.trained_as_of > as_of):
            raise StateError(
                f"Model {pinned} is pinned, but is of kind '{record.kind}' and was trained as of "
                f"{record.trained_as_of}; the day is {as_of}.",
                remedy="Pin a need model trained by that day, or unset HEMOFLOW_NEED_MODEL.",
            )
        return record

    def standings(self, kind: str, as_of: date | None, pinned: str = "") -> list[tuple[ModelRecord, str]]:
        """Models of a kind, the one in force first, each with how it stands in words; see :meth:`in_force`."""
        try:
            counts = self.in_force(kind, as_of, pinned)
        except StateError:  # no run of the day gets past this pin
            counts = None
        others = [each for each in self.models(kind) if counts is None or each.model_id != counts.model_id]
        told = [(each, "promoted, not in force" if each.is_promoted else "not promoted") for each in others]
        by = ", pinned by the deployment" if pinned else ""
        return ([(counts, f"in force{by}")] if counts else []) + told

    def models(self, kind: str = "") -> list[ModelRecord]:
        """Models of a kind, or all; the last promoted first, those never promoted or withdrawn last."""
        query = select(MODELS).order_by(MODELS.c.promotion.desc().nulls_last(), MODELS.c.model_id)
        with self._database.reading() as connection:
            rows = connection.execute(query.where(MODELS.c.kind == kind) if kind else query).all()
        return [_record(row, self._database.home) for row in rows]

    def roll_back(self, kind: str) -> tuple[ModelRecord, ModelRecord]:
        """Withdraw the model of a kind that was promoted last; the one before it is used again.

        Returns:
            The model withdrawn, and the one that is last promoted now.

        Raises:
            StateError: Fewer than two models of the kind are promoted.
        """
        promoted = [record for record in self.models(kind) if record.is_promoted]
        if len(promoted) < 2:  # noqa: PLR2004
            raise StateError(
                f"Of kind '{kind}', {'only one' if promoted else 'no'} model is promoted: there is none to go back to.",
                remedy="See `hemoflow models`; promote another one first.",
            )
        with self._database.writing() as connection:
            decision = promoted[0].after(f"Withdrawn: {promoted[1].model_id} is used again")
            told = {"promotion": None, "decision": decision}
            connection.execute(update(MODELS).where(MODELS.c.model_id == promoted[0].model_id).values(told))
        return promoted[0], promoted[1]

    def model(self, model_id: str) -> ModelRecord:
        """A model version.

        Raises:
            StateError: There is no such model.
        """
        with self._database.reading() as connection:
            return _record(_require(connection, model_id), self._database.home)


def _without_nan(metrics: Mapping[str, Any]) -> dict[str, Any]:
    # Python writes NaN into JSON and reads it back; PostgreSQL refuses it, for JSON has no such word.
    safe: dict[str, Any] = json.loads(json.dumps(metrics), parse_constant=lambda _word: None)
    return safe


def _record(row: Row[Any], home: Path) -> ModelRecord:
    return ModelRecord(
        kind=row.kind,
        model_id=row.model_id,
        folder=home / row.folder,
        sha256=row.sha256,
        trained_as_of=row.trained_as_of,
        metrics=row.metrics,
        features=tuple(row.features),
        data_hash=row.data_hash,
        is_promoted=row.promotion is not None,
        decision=row.decision,
    )


def _find(connection: Connection, model_id: str) -> Row[Any] | None:
    return connection.execute(select(MODELS).where(MODELS.c.model_id == model_id)).first()


def _require(connection: Connection, model_id: str) -> Row[Any]:
    row = _find(connection, model_id)
    if row is None:
        raise StateError(f"There is no model {model_id}.", remedy="See `hemoflow models`.")
    return row
