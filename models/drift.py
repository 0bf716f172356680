"""Whether the patients of a day look like those that a model learned from: PSI of every column and of the score.

Each programme is compared with itself. Few patients differ from many by chance, and the more columns are looked at,
the more often one of them does: without drift the population stability index is about
``(1/n + 1/m) x chi-square(bins - 1)`` (Yurdakul 2018), where n and m are patients, not rows, for days of one patient
repeat one another. A column drifts when it is beyond the policy's limit and beyond what chance allows over all columns.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2

from hemoflow.domain.watching import Watch
from hemoflow.schemas.frames import conform, empty
from hemoflow.schemas.watching import DRIFT

SCORE = "request_24h_probability"
BINS = 10
HALF = 0.5
"""Added to every bin (Jeffreys), so that an empty one does not make the index infinite."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How a column lay in training: inner ``edges``, and ``shares`` of bins, the last for missing values."""

    edges: tuple[float, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A programme in training."""

    patients: int
    columns: Mapping[str, Spread]


@dataclass(frozen=True, slots=True)
class Reference:
    """What training looked like, by programme; kept beside the model."""

    programmes: Mapping[str, Part]

    def content(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {name: asdict(part) for name, part in self.programmes.items()}

    @classmethod
    def restored(cls, content: Mapping[str, Any]) -> "Reference":
        """What :meth:`content` gave."""
        return cls({name: _part(part) for name, part in content.items()})


def _part(content: Mapping[str, Any]) -> Part:
    columns = {
        name: Spread(tuple(spread["edges"]), tuple(spread["shares"])) for name, spread in content["columns"].items()
    }
    return Part(content["patients"], columns)


def reference(columns: pd.DataFrame, score: NDArray[np.float64], programme: pd.Series, patient: pd.Series) -> Reference:
    """Bins of training.

    Args:
        columns: Columns of the model, a row for each past day.
        score: Probability of each row from trees that have not seen its patient.
        programme: Programme of each row.
        patient: Patient of each row.
    """
    table = columns.assign(**{SCORE: score})
    names = programme.astype("str").to_numpy()
    return Reference(
        {
            name: Part(
                int(patient[names == name].nunique()),
                {str(column): _spread(values[names == name]) for column, values in table.items()},
            )
            for name in sorted(set(names))
        }
    )


def drift(
    known: Reference, columns: pd.DataFrame, score: NDArray[np.float64], programme: pd.Series, watch: Watch
) -> pd.DataFrame:
    """Columns and score of a day beside training, as DRIFT.

    Args:
        known: From :func:`reference`.
        columns: Columns of the model, a row for each patient.
        score: Probability of each.
        programme: Programme of each; one that was not learned is left out.
        watch: Section of the policy.
    """
    table, names = columns.assign(**{SCORE: score}), programme.astype("str").to_numpy()
    present = {name: part for name, part in known.programmes.items() if (names == name).any()}
    tests = max(sum(len(part.columns) for part in present.values()), 1)
    rows = [
        {"programme": name, "feature": column, **_compare(spread, part.patients, today[column], watch, tests)}
        for name, part in present.items()
        for today in [table[names == name]]
        for column, spread in part.columns.items()
    ]
    return conform(pd.DataFrame(rows), DRIFT) if rows else empty(DRIFT)


def furthest(drifted: pd.DataFrame) -> pd.DataFrame:
    """A DRIFT frame with the column that is furthest beyond its limit first."""
    ratio = drifted["psi"] / drifted["psi_limit"]
    return drifted.loc[ratio.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def words(drifted: pd.DataFrame, model_id: str) -> str:
    """One sentence about a DRIFT frame; empty when nothing has drifted."""
    found = drifted[drifted["is_drifting"]]
    if found.empty:
        return ""
    named = ", ".join(f"{row.feature} of {row.programme} {row.psi:.2f}" for row in furthest(found).head(3).itertuples())
    return f"{len(found)} of {len(drifted)} columns are unlike those that {model_id} learned from: PSI {named}."


def _spread(values: pd.Series) -> Spread:
    known = values.dropna().to_numpy(dtype="float64")
    steps = np.quantile(known, np.arange(1, BINS) / BINS, method="lower") if len(known) else np.array([])
    edges = tuple(float(edge) for edge in np.unique(steps))
    counts = _counts(values, edges)
    return Spread(edges, tuple(float(share) for share in (counts / max(counts.sum(), 1)).round(9)))


def _counts(values: pd.Series, edges: tuple[float, ...]) -> NDArray[np.float64]:
    numbers = values.to_numpy(dtype="float64")
    is_known = ~np.isnan(numbers)
    place = np.where(is_known, np.searchsorted(edges, numbers, side="left"), len(edges) + 1)
    return np.bincount(place, minlength=len(edges) + 2).astype("float64")


def _compare(spread: Spread, patients: int, today: pd.Series, watch: Watch, tests: int) -> dict[str, Any]:
    now, before = _counts(today, spread.edges), np.array(spread.shares) * patients
    used = (now > 0) | (before > 0)
    bins = int(used.sum())
    left, right = ((counts[used] + HALF) / (counts[used] + HALF).sum() for counts in (now, before))
    psi = max(float(((left - right) * np.log(left / right)).sum()), 0.0)
    level = chi2.isf(watch.drift_false_alarm_share / tests, max(bins - 1, 1))
    limit = max(watch.psi_limit, float(level) * (1 / len(today) + 1 / max(patients, 1)))
    return {
        "patients": len(today),
        "psi": round(psi, 6),
        "psi_limit": round(limit, 6),
        "missing_share": round(float(now[-1] / len(today)), 6),
        "trained_missing_share": round(float(spread.shares[-1]), 6),
        "is_drifting": psi > limit,
    }
