"""Questions about patients: features at a point, points to learn from, labels after a point, outpatient profiles."""

from datetime import datetime, timedelta
from typing import Any, cast

import pandas as pd

from hemoflow.asof.visible import Engine, question_text
from hemoflow.domain.errors import UsageError
from hemoflow.domain.refs import cut_instant
from hemoflow.schemas.columns import INSTANT
from hemoflow.schemas.frames import conform
from hemoflow.schemas.need import NEED_FEATURES, NEED_LABELS
from hemoflow.schemas.routing import OUTPATIENT_PROFILES

POINT = ["patient_id", "cut_at"]
DAY_SECONDS = 86_400


def need_features(engine: Engine, points: pd.DataFrame | None) -> pd.DataFrame:
    """NEED_FEATURES at the points; without points, of everybody under care at the cut.

    Raises:
        UsageError: A point lies after the cut.
    """
    asked = _under_care(engine, [engine.cut_at])[POINT] if points is None else points[POINT].drop_duplicates()
    if len(asked) and asked["cut_at"].max() > engine.cut_at:
        raise UsageError(f"A point at {asked['cut_at'].max()} lies after the cut.", remedy="Open the view later.")
    engine.put("points", asked)
    return conform(engine.ask("need_features"), NEED_FEATURES)


def training_points(engine: Engine, cut_hour: int, chronic_every_days: int) -> pd.DataFrame:
    """Points of patients under care at the local hour of each past day; the chronic programme every few days."""
    care = _under_care(engine, _past_cuts(engine, cut_hour))
    days = care["cut_at"].dt.tz_convert(engine.zone.key).dt.tz_localize(None).dt.normalize()
    ordinal = (days - pd.Timestamp(0)).dt.days
    kept = (care["programme"] != "chronic") | (ordinal % chronic_every_days == 0)
    return cast("pd.DataFrame", care.loc[kept, POINT].reset_index(drop=True))


def need_labels(engine: Engine, points: pd.DataFrame, horizon_days: int) -> pd.DataFrame:
    """NEED_LABELS of the points whose horizon lies before the cut: one row for each day, zeros too."""
    asked = _put_known(engine, points, horizon_days)
    needed = engine.ask("need_labels", horizon_days=horizon_days).assign(has_event=True)
    every = asked.merge(pd.DataFrame({"day_number": range(1, horizon_days + 1)}), how="cross")
    labels = every.merge(needed, on=[*POINT, "day_number"], how="left")
    filled = labels.assign(units=labels["units"].fillna(0), has_event=labels["has_event"].eq(other=True))
    return conform(filled, NEED_LABELS)


def learning_rows(engine: Engine, points: pd.DataFrame, horizon_days: int) -> Any:  # noqa: ANN401
    """Features and, day by day, events and units of the points whose horizon lies before the cut, uncollected."""
    _put_known(engine, points, horizon_days)
    days = range(1, horizon_days + 1)
    sums = ", ".join(
        f"max(CASE WHEN day_number = {day} THEN 1 ELSE 0 END) AS event_{day}, "
        f"sum(CASE WHEN day_number = {day} THEN units ELSE 0 END) AS units_{day}"
        for day in days
    )
    shown = ", ".join(f"coalesce(l.{name}_{day}, 0) AS {name}_{day}" for day in days for name in ("event", "units"))
    labels = f"SELECT patient_id, cut_at, {sums} FROM ({question_text('need_labels')}) n GROUP BY patient_id, cut_at"
    return engine.frame(
        f"SELECT f.*, {shown} FROM ({question_text('need_features')}) f LEFT JOIN ({labels}) l "
        "ON l.patient_id = f.patient_id AND l.cut_at = f.cut_at ORDER BY f.patient_id, f.cut_at",
        {"horizon_days": horizon_days},
    )


def crossings(engine: Engine, points: pd.DataFrame, default_threshold: float) -> pd.DataFrame:
    """Days until each point's patient was seen below the threshold or given red cells; missing: not yet."""
    asked = points[POINT].drop_duplicates()
    engine.put("points", asked)
    found = asked.merge(engine.ask("crossings", default_threshold=default_threshold), on=POINT, how="left")
    followed = (pd.Timestamp(engine.cut_at) - found["cut_at"]).dt.total_seconds() / DAY_SECONDS
    return found.assign(due_days=found["due_days"].astype("float64"), followed_days=followed)


def need_protocol(engine: Engine, points: pd.DataFrame, fresh_hours: int) -> pd.DataFrame:
    """Days of stays with a haemoglobin of that stay, at most ``fresh_hours`` old."""
    engine.put("points", points[POINT].drop_duplicates())
    return engine.ask("need_protocol", fresh_hours=fresh_hours)


def outpatient_profiles(engine: Engine) -> pd.DataFrame:
    """OUTPATIENT_PROFILES of the chronic programme at the cut."""
    care = _under_care(engine, [engine.cut_at])
    engine.put("points", care.loc[care["programme"] == "chronic", POINT])
    return conform(engine.ask("outpatient_profiles"), OUTPATIENT_PROFILES)


def _put_known(engine: Engine, points: pd.DataFrame, horizon_days: int) -> pd.DataFrame:
    """Ask about the points whose horizon lies before the cut."""
    known = points["cut_at"] + timedelta(days=horizon_days) <= engine.cut_at
    asked = points.loc[known, POINT].drop_duplicates()
    engine.put("points", asked)
    return asked


def _under_care(engine: Engine, cuts: list[datetime]) -> pd.DataFrame:
    engine.put("cuts", pd.DataFrame({"cut_at": pd.Series(cuts, dtype=INSTANT)}))
    return engine.ask("under_care")


def _past_cuts(engine: Engine, cut_hour: int) -> list[datetime]:
    """The local hour of every day from the first day of care to the cut."""
    began_at = engine.ask("first_care")["began_at"].iloc[0]
    if pd.isna(began_at):
        return []
    first_on = began_at.astimezone(engine.zone).date()
    days = (first_on + timedelta(days=n) for n in range((engine.cut_on - first_on).days + 1))
    cuts = (cut_instant(day, cut_hour, engine.zone.key) for day in days)
    return [cut for cut in cuts if cut <= engine.cut_at]
