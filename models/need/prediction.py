"""Score patients: probability, units a day, and the reason in words."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from hemoflow.domain.policy import Need, Policy
from hemoflow.schemas.columns import DAY, spans
from hemoflow.schemas.frames import conform, empty
from hemoflow.schemas.need import NEED, NEED_BY_DAY
from models.drift import drift
from models.need.features import FEATURES, matrix, threshold
from models.need.model import NeedModel

REASONS = 3
DECIMALS = 6
HAEMOGLOBIN_DECIMALS = 2


def predict(model: NeedModel, features: pd.DataFrame, need: Need, *, as_of: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predict each patient's red-cell need.

    Args:
        model: A trained model.
        features: NEED_FEATURES, one row a patient.
        need: Section of the policy; gives the threshold of patients without a personal one.
        as_of: The run's day, which is day 1.

    Returns:
        ``(NEED, NEED_BY_DAY)``.
    """
    by_day = predict_days(model, features, need, as_of=as_of)
    return predict_today(model, with_week_units(features, by_day), need, as_of=as_of), by_day


def with_week_units(features: pd.DataFrame, by_day: pd.DataFrame) -> pd.DataFrame:
    """NEED_FEATURES with ``expected_8d_units``, the sum of NEED_BY_DAY, so that no day is predicted twice."""
    week = by_day.groupby("patient_id")["expected_units"].sum()
    return features.assign(expected_8d_units=features["patient_id"].map(week).astype("float64").round(DECIMALS))


def predict_today(model: NeedModel, features: pd.DataFrame, need: Need, *, as_of: date) -> pd.DataFrame:
    """NEED of :func:`predict` from features :func:`with_week_units`; no row depends on another.

    The reason names the three columns that moved the probability most (exact Shapley values on the log odds, Lundberg
    et al. 2020).
    """
    if features.empty:
        return empty(NEED)
    rows = features.reset_index(drop=True)
    columns, programme = matrix(rows, need), rows["programme"]
    month = pd.DataFrame(np.nan, index=rows.index, columns=["expected", "low", "high"])
    due = pd.DataFrame(np.nan, index=rows.index, columns=["days", "low", "high"])
    for models, chosen in model.parts(programme):
        if models.month is not None:
            month.loc[chosen] = models.month.predict(rows[chosen], need)
        if models.crossing is not None:
            due.loc[chosen] = models.crossing.predict(rows[chosen], need)
    scored = rows.assign(
        estimated_haemoglobin_g_per_dl=(columns["reserve_g_per_dl"] + threshold(rows, need)).round(
            HAEMOGLOBIN_DECIMALS
        ),
        threshold_g_per_dl=threshold(rows, need),
        is_threshold_personal=rows["threshold_g_per_dl"].notna(),
        request_24h_probability=model.probability(columns, programme).round(DECIMALS),
        request_8d_probability=model.week_probability(columns, programme).round(DECIMALS),
        expected_28d_units=month["expected"].round(DECIMALS),
        low_28d_units=month["low"],
        high_28d_units=month["high"],
        below_on=_on(due["days"], as_of),
        below_from_on=_on(due["low"], as_of),
        below_until_on=_on(due["high"], as_of),
        is_transfusion_refused=rows["note_transfusion_refused_84d"].astype("Float64").astype("boolean"),
        reason=reasons(model, columns, programme),
        model_id=model.model_id,
    )
    return conform(scored, NEED)


def predict_days(model: NeedModel, features: pd.DataFrame, need: Need, *, as_of: date) -> pd.DataFrame:
    """NEED_BY_DAY of :func:`predict`; no row depends on another."""
    rows = features.reset_index(drop=True)
    return _days(rows["patient_id"], _units(model, rows, need), as_of) if len(rows) else empty(NEED_BY_DAY)


def _units(model: NeedModel, rows: pd.DataFrame, need: Need) -> np.ndarray:
    """Expected units, a row for each patient and a column for each day."""
    columns, units = matrix(rows, need), np.zeros((len(rows), model.horizon_days))
    for models, chosen in model.parts(rows["programme"]):
        units[chosen] = models.units_by_day(columns[chosen], model.horizon_days)
    return units.round(DECIMALS)


def _on(days: pd.Series, as_of: date) -> pd.Series:
    """The calendar day in which so many days after the cut lie."""
    return pd.Series(pd.Timestamp(as_of) + spans(np.floor(days), "D"), dtype=DAY)


def drift_of(model: NeedModel, features: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """How far NEED_FEATURES of a day, and their scores, lie from those that the model learned from, as DRIFT."""
    columns, programme = matrix(features, policy.need), features["programme"]
    return drift(model.reference, columns, model.probability(columns, programme), programme, policy.watch)


def reasons(model: NeedModel, columns: pd.DataFrame, programme: pd.Series) -> list[str]:
    """For each row the columns that moved the probability most, with value, unit and direction."""
    shares = np.zeros(columns.shape)
    for models, chosen in model.parts(programme):
        shares[chosen] = models.shares(columns[chosen])
    values = columns.to_numpy()
    strongest = np.argsort(-np.abs(shares), axis=1, kind="stable")[:, :REASONS]
    return [_words(values[row], shares[row], chosen) for row, chosen in enumerate(strongest)]


def _words(values: np.ndarray, shares: np.ndarray, chosen: np.ndarray) -> str:
    said = (
        f"{FEATURES[number].say(float(values[number]))} ({'raises' if shares[number] > 0 else 'lowers'})"
        for number in chosen
        if shares[number] != 0
    )
    return ", ".join(said) or "nothing on record moves the probability"


def _days(patient_id: pd.Series, units: np.ndarray, as_of: date) -> pd.DataFrame:
    horizon = units.shape[1]
    days = pd.Series([pd.Timestamp(as_of + timedelta(days=number)) for number in range(horizon)], dtype=DAY)
    return conform(
        pd.DataFrame(
            {
                "patient_id": patient_id.repeat(horizon).to_numpy(),
                "day_number": np.tile(np.arange(1, horizon + 1), len(patient_id)),
                "need_on": np.tile(days.to_numpy(), len(patient_id)),
                "expected_units": units.reshape(-1),
            }
        ),
        NEED_BY_DAY,
    )
