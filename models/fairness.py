"""How well a model serves groups of patients: by sex, age band, ancestry where recorded, and site.

Figures are out of sample, their intervals resample patients. A group with fewer patients than the policy's least is
withheld. A warning needs the whole interval beyond the policy's gap: small groups are uncertain, not unfair.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from fairlearn.metrics import MetricFrame

from hemoflow.domain.disclosure import suppress
from hemoflow.domain.watching import Watch
from hemoflow.schemas.frames import conform, empty
from hemoflow.schemas.watching import FAIRNESS
from models.evaluation import Interval, Mask, Vector, auroc, bootstrap, brier

ATTRIBUTES = ("sex", "age_band", "ancestry", "site_id")
EVERYBODY = "everybody"
RESAMPLES = 200
AGES, BANDS = (18, 40, 65, 80), ("under 18", "18-39", "40-64", "65-79", "80 and over")
EITHER, LESS, MORE = "either", "less", "more"


@dataclass(frozen=True)
class Judged:
    """Predictions of patients that were not learned from.

    Attributes:
        outcome: What happened.
        predicted: What was predicted for it.
        patient: A whole number for each patient.
        groups: Columns of :data:`ATTRIBUTES` of the same rows; missing is not recorded.
    """

    outcome: Vector
    predicted: Vector
    patient: Vector
    groups: pd.DataFrame


@dataclass(frozen=True)
class Measure:
    """A figure by group.

    Attributes:
        name: Its name.
        compute: Outcome and prediction to the figure.
        limit: Gap from which a warning is due.
        worse: Which direction of the gap is worse.
        aim: What the gap is taken from; None means everybody's value.
    """

    name: str
    compute: Callable[[Vector, Vector], float]
    limit: float
    worse: str
    aim: float | None = None


def measures(watch: Watch) -> tuple[Measure, ...]:
    """Figures of a probability."""

    def sensitivity(outcome: Vector, probability: Vector) -> float:
        flagged = probability[outcome == 1] >= watch.fairness_probability
        return float(flagged.mean()) if len(flagged) else float("nan")

    return (
        Measure("auroc", auroc, watch.auroc_gap, LESS),
        Measure("sensitivity", sensitivity, watch.sensitivity_gap, LESS),
        Measure("brier", brier, watch.brier_gap, MORE),
        Measure("calibration_in_the_large", _in_the_large, watch.calibration_gap, EITHER, aim=0.0),
    )


def coverage(watch: Watch, nominal: float) -> Measure:
    """Share of rows inside their interval: the outcome is 1 inside."""
    return Measure("coverage", _mean_outcome, watch.coverage_gap, LESS, aim=nominal)


def groups_of(features: pd.DataFrame) -> pd.DataFrame:
    """The attributes of NEED_FEATURES rows."""
    age = features["age_years"]
    band = np.select([age < limit for limit in AGES], BANDS[:-1], BANDS[-1])
    made = {
        "sex": features["is_female"].map({1.0: "female", 0.0: "male"}),
        "age_band": pd.Series(band, index=features.index).where(age.notna()),
        "ancestry": features["ancestry"],
        "site_id": features["site_id"],
    }
    return pd.DataFrame(made).astype("object").where(lambda known: known.notna(), None)


def fairness(judged: Judged, asked: tuple[Measure, ...], watch: Watch, *, seed: int) -> pd.DataFrame:
    """Each figure of everybody and of each group, as FAIRNESS.

    Args:
        judged: Predictions and groups.
        asked: From :func:`measures` or :func:`coverage`.
        watch: Section of the policy.
        seed: Seed of the resamples.
    """
    everywhere = np.ones(len(judged.outcome), dtype=bool)
    overall = {each.name: each.compute(judged.outcome, judged.predicted) for each in asked}
    least = watch.fairness_least_patients
    rows = _told(_rows(EVERYBODY, EVERYBODY, judged, everywhere, asked, overall=overall, watch=watch, seed=seed), least)
    for attribute in ATTRIBUTES:
        known = judged.groups[attribute].notna().to_numpy(dtype=bool)
        if not known.any():
            continue
        found: list[dict[str, object]] = []
        for group, _ in _by_group(judged, attribute, known, asked).iterrows():
            which = (judged.groups[attribute] == group).to_numpy(dtype=bool)
            found += _rows(attribute, str(group), judged, which, asked, overall=overall, watch=watch, seed=seed)
        rows += _told(found, least)
    return conform(pd.DataFrame(rows), FAIRNESS) if len(judged.outcome) else empty(FAIRNESS)


def _told(rows: list[dict[str, object]], least: int) -> list[dict[str, object]]:
    """The groups of one attribute without small numbers of patients, nor those that would give one by subtraction."""
    patients = {str(row["group"]): int(str(row["patients"])) for row in rows}
    largest_first = dict(sorted(patients.items(), key=lambda item: -item[1]))
    shown = suppress(largest_first, least)
    return [row | {"patients": shown[str(row["group"])]} for row in rows]


def warnings(table: pd.DataFrame) -> tuple[str, ...]:
    """A sentence for each gap beyond the policy."""
    return tuple(
        f"{row.metric} of {row.attribute} {row.group} is {row.value:.3f} ({row.low:.3f} to {row.high:.3f}), "
        f"beyond a gap of {row.gap_limit:g} from {row.reference:.3f}."
        for row in table[table["is_warning"]].itertuples()
    )


def _by_group(judged: Judged, attribute: str, known: Mask, asked: tuple[Measure, ...]) -> pd.DataFrame:
    frame = MetricFrame(
        metrics={each.name: each.compute for each in asked},
        y_true=judged.outcome[known],
        y_pred=judged.predicted[known],
        sensitive_features=judged.groups.loc[known, attribute].astype("str").to_numpy(),
    )
    by_group: pd.DataFrame = frame.by_group
    return by_group


def _rows(
    attribute: str, group: str, judged: Judged, which: Mask, asked: tuple[Measure, ...], *,
    overall: Mapping[str, float], watch: Watch, seed: int,
) -> list[dict[str, object]]:  # fmt: skip
    outcome, predicted, patient = judged.outcome[which], judged.predicted[which], judged.patient[which]
    patients = len(np.unique(patient))
    is_withheld = patients < watch.fairness_least_patients
    rows: list[dict[str, object]] = []
    for each in asked:
        sure = Interval(np.nan, np.nan, np.nan)
        if not is_withheld:
            sure = bootstrap(each.compute, outcome, predicted, patient, seed=seed, resamples=RESAMPLES)
        reference = overall[each.name] if each.aim is None else each.aim
        is_compared = attribute != EVERYBODY or each.aim is not None
        rows.append(
            {
                "attribute": attribute,
                "group": group,
                "metric": each.name,
                "patients": patients,
                "value": sure.value,
                "low": sure.low,
                "high": sure.high,
                "reference": reference,
                "gap_limit": each.limit,
                "is_withheld": is_withheld,
                "is_warning": is_compared and _is_beyond(sure, reference, each),
            }
        )
    return rows


def _is_beyond(sure: Interval, reference: float, each: Measure) -> bool:
    is_less = sure.high < reference - each.limit and each.worse in (LESS, EITHER)
    return bool(is_less or (sure.low > reference + each.limit and each.worse in (MORE, EITHER)))


def _in_the_large(outcome: Vector, probability: Vector) -> float:
    return float(outcome.mean() - probability.mean()) if len(outcome) else float("nan")


def _mean_outcome(outcome: Vector, _: Vector) -> float:
    return float(outcome.mean()) if len(outcome) else float("nan")
