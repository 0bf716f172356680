"""A folder of the MIMIC-IV layout as a study: the evaluation protocol's days, with features and labels.

This is no stage. It belongs here because it reads a folder through its connector and asks the past about it; the folder
never enters the store, and no home folder is needed.

Protocol: every calendar day of a stay at 08:00; positive when red cells are asked for or begun within the next 24
hours. What a laboratory measures counts as known when the sample is taken, for model and baseline alike, because the
baseline of the shipped subset was published so.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from hemoflow.asof.engine import open_view
from hemoflow.connectors import mimic
from hemoflow.connectors.pseudonyms import Pseudonymiser, key_from
from hemoflow.domain.errors import InputError
from hemoflow.domain.policy import Policy
from hemoflow.schemas.frames import to_arrow
from hemoflow.settings import Settings
from hemoflow.store import ModelRecord, open_store
from models.need import NeedModel, train
from models.need.challengers import DEEP
from models.need.holdout import held_out, out_of_fold
from models.need.judging import Judged, against, later, verdict
from models.notes import mentions
from tasks.model_files import in_force, register

IN_MEMORY_KEY = b"pseudonyms of a study never leave memory"
"""One key for all studies, so that folds and trees do not depend on a home; what is kept is hashed again by its key."""

KIND = "need-mimic-iv"
"""Kind under which a study's model is registered: daily runs, which see results only when reported, never use it."""
SEEN = "seen.txt"
CROSS_VALIDATED = "cross-validation by patient: each patient is scored by a model trained on the others"
PROMOTED = "promoted model on patients it has never seen"


@dataclass(frozen=True)
class Study:
    """The days of a folder.

    Attributes:
        features: NEED_FEATURES at 08:00 of every day of every stay.
        labels: NEED_LABELS of the same points.
        fresh: ``patient_id, cut_at, encounter_id, haemoglobin_g_per_dl``: days with a haemoglobin under 72 h old.
        until: Last day of the folder.
    """

    features: pd.DataFrame
    labels: pd.DataFrame
    fresh: pd.DataFrame
    until: date


def read_study(folder: Path, rules: Policy, *, threads: int = 1) -> Study:
    """Read a folder of the MIMIC-IV layout.

    Raises:
        InputError: A file is absent or unusable, or there is no stay with an end.
    """
    frames = mimic.load(folder, Pseudonymiser(IN_MEMORY_KEY), window=None, seed=0).frames
    points = _days(frames["encounters"], rules.clock.cut_hour)
    if points.empty:
        raise InputError(f"{folder} holds no stay with a beginning and an end.", remedy="Deliver hosp/admissions.")
    until = points["cut_at"].max() + timedelta(days=30)
    with tempfile.TemporaryDirectory() as lake:
        paths = write_lake(_as_taken(frames), Path(lake))
        with open_view(paths, until, time_zone=rules.clock.time_zone, threads=threads) as view:
            view.read_notes(mentions)
            return Study(
                features=view.need_features(points),
                labels=view.need_labels(points, rules.need.horizon_days),
                fresh=view.need_protocol(points, rules.need.haemoglobin_fresh_hours),
                until=until.date(),
            )


def _days(stays: pd.DataFrame, hour: int) -> pd.DataFrame:
    """Every calendar day of every stay, first and last included, at the hour of the cut."""
    ended = stays[stays["ended_at"].notna()]
    spans = [
        pd.date_range(start.normalize(), end.normalize())
        for start, end in zip(ended["started_at"], ended["ended_at"], strict=True)
    ]
    days = (
        ended[["patient_id"]]
        .assign(cut_at=pd.Series(spans, index=ended.index, dtype="object"))
        .explode("cut_at", ignore_index=True)
    )
    days["cut_at"] = pd.to_datetime(days["cut_at"], utc=True) + pd.Timedelta(hours=hour)
    return days.drop_duplicates(ignore_index=True)


def _as_taken(frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    labs, patients = frames["labs"], frames["patients"]
    early = frames["encounters"]["started_at"].min() - timedelta(days=2)
    return {
        **frames,
        "labs": labs.assign(available_at=labs["taken_at"]),
        "patients": patients.assign(available_at=early),
    }


def write_lake(frames: Mapping[str, pd.DataFrame], lake: Path) -> dict[str, list[Path]]:
    """Write canonical frames as Parquet and say where each is."""
    paths = {name: [lake / f"{name}.parquet"] for name in frames}
    for name, frame in frames.items():
        pq.write_table(to_arrow(frame), paths[name][0])
    return paths


def trained(folder: Path, rules: Policy, *, seed: int, settings: Settings) -> ModelRecord:
    """Train on every day of the folder; save in the registry of the home, which is made when absent.

    Promoted by the policy's rule.
    """
    study = read_study(folder, rules, threads=settings.threads)
    with open_store(settings.store_url, settings.home) as store:
        store.init()
        model = train(
            study.features, study.labels, rules.need, seed=seed, trained_as_of=study.until, watch=rules.watch,
            in_force=in_force(store.last_promoted(KIND)),
        )  # fmt: skip
        place = settings.models / model.model_id
        place.mkdir(parents=True, exist_ok=True)
        _note_seen(place, _kept_names(study.features["patient_id"], settings))
        return register(store, KIND, model, place, rules.publication)


def evaluated(folder: Path, rules: Policy, *, seed: int, settings: Settings, deep: bool = False) -> dict[str, Any]:
    """Figures of the evaluation protocol on patients whom the scoring model has never seen.

    When the home has a promoted model of this kind and the folder has patients whom it has not seen, that model scores
    those patients. Otherwise the folder is cross-validated: each patient is scored by a model that was trained on
    others.

    Raises:
        InputError: The folder is unusable, or no day can be judged.
    """
    study = read_study(folder, rules, threads=settings.threads)
    record = _promoted(settings)
    unseen = study.features["patient_id"][~_is_seen(study.features["patient_id"], record, settings)]
    _require_fresh(study.fresh["patient_id"], unseen)
    if record is None or unseen.empty:
        scored = out_of_fold(study.features, study.labels, rules.need, seed=seed, deep=deep)
        return _figures(study, scored, CROSS_VALIDATED, "", seed=seed)
    model = NeedModel.load(record.folder, sha256=record.sha256)
    fresh_faces = study.features[study.features["patient_id"].isin(unseen)]
    scored = held_out(model, fresh_faces, study.labels, rules.need)
    return _figures(study, scored, PROMOTED, record.model_id, seed=seed)


def _require_fresh(patient_id: pd.Series, unseen: pd.Series) -> None:
    """Refuse before anything is learned where nothing could be judged."""
    if patient_id.empty or not (unseen.empty or patient_id.isin(unseen).any()):
        raise InputError(
            "No day of these patients has a fresh haemoglobin, so there is nothing to judge.",
            remedy="Deliver hosp/labevents with the laboratory haemoglobin (item 51222).",
        )


def _figures(study: Study, scored: pd.DataFrame, rule: str, model_id: str, *, seed: int) -> dict[str, Any]:
    days = study.fresh.merge(scored, on=["patient_id", "cut_at"])
    judged = _judged(days, "has_event", "score", "probability")
    week = _judged(days, "has_week", "week_probability", "week_probability")
    others = {name: days[name].to_numpy(dtype="float64") for name in DEEP if name in days}
    everybody = study.features["patient_id"].nunique()
    left_out = everybody - scored["patient_id"].nunique()
    return verdict(judged, seed=seed) | {
        "scored_by": rule,
        "model_id": model_id,
        "patients_left_out_as_seen": left_out,
        "within_8_days": later(week, seed=seed),
        "challengers": against(judged, others, seed=seed),
    }


def _judged(days: pd.DataFrame, outcome: str, score: str, probability: str) -> Judged:
    return Judged(
        has_event=days[outcome].to_numpy(dtype="float64"),
        score=days[score].to_numpy(dtype="float64"),
        probability=days[probability].to_numpy(dtype="float64"),
        haemoglobin=days["haemoglobin_g_per_dl"].to_numpy(dtype="float64"),
        patient=pd.factorize(days["patient_id"])[0].astype("float64"),
    )


def _promoted(settings: Settings) -> ModelRecord | None:
    if not settings.models.is_dir():
        return None
    with open_store(settings.store_url, settings.home) as store:
        return store.last_promoted(KIND)


def _kept_names(patient_id: pd.Series, settings: Settings) -> pd.Series:
    """Pseudonyms under the home's own key: what is written down tells nobody which patients were in a folder."""
    key = key_from(settings.pseudonym_key.get_secret_value(), settings.home)
    return Pseudonymiser(key).series("seen", KIND, patient_id)


def _note_seen(place: Path, names: pd.Series) -> None:
    (place / SEEN).write_text("\n".join(sorted(names.unique())) + "\n", encoding="utf-8")


def _is_seen(patient_id: pd.Series, record: ModelRecord | None, settings: Settings) -> pd.Series:
    if record is None:
        return pd.Series(data=False, index=patient_id.index)
    seen = (record.folder / SEEN).read_text(encoding="utf-8").split()
    return _kept_names(patient_id, settings).isin(seen)
