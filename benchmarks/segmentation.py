"""Recovery of planted segments and rules, agreement of refits, and the time of a large cohort.

Two planted worlds: mixed data of five unequal groups (skewed measurements, counts, a category, missing values, two
traits that tell nothing), and plain bell curves of four. The consensus chooses its number of segments; every single
clustering is given each number of 3 to 6, the true one among them.
"""

import os
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from hemoflow.domain.policy import load_policy
from models.segmentation import SegmentationModel, fit
from models.segmentation.base import ALGORITHMS, learn
from models.segmentation.features import clustering_matrix, fit_columns
from tests.segmentation_sample import planted, planted_mixed

SEEDS = int(os.environ.get("SEGMENTATION_SEEDS", "30"))
REFITS = min(SEEDS, 10)
"""Seeds on which the fit is made again; their agreement varies little."""
PATIENTS = int(os.environ.get("SEGMENTATION_PATIENTS", "100000"))
DAY = date(2024, 10, 23)
POLICY = replace(load_policy("region_demo").segmentation, rule_bootstraps=5)

World = Callable[[int, int], tuple[pd.DataFrame, np.ndarray]]


def run() -> None:
    """Print everything."""
    with threadpool_limits(1):
        for name, world, patients in (("mixed data", planted_mixed, 400), ("bell curves", planted, 400)):
            _recovery(name, world, patients)
        _large()


def _recovery(name: str, world: World, patients: int) -> None:
    start, rows, singles = time.process_time(), [], []
    for seed in range(SEEDS):
        profiles, truth = world(patients, seed)
        singles += _singles(profiles, truth, seed)
        model = fit(profiles, POLICY, seed=seed, trained_as_of=DAY)
        own, same = _own(model, profiles), np.nan
        if seed < REFITS:
            again = fit(profiles, POLICY, seed=seed + 1000, trained_as_of=DAY)
            same = adjusted_rand_score(own, _own(again, profiles))
        told = model.evidence.descriptions[["precision_share", "recall_share", "jaccard_share"]].mean()
        rows.append((adjusted_rand_score(truth, own), same, len(model.segments), *told))
    mean = np.nanmean(rows, axis=0)
    best = pd.DataFrame(singles, columns=["single", "rand"]).groupby("single")["rand"].mean().sort_values()
    print(f"{name}, {patients} patients, {SEEDS} seeds, {time.process_time() - start:.0f} processor seconds")
    print(
        f"  consensus: adjusted Rand {mean[0]:.3f} with {mean[2]:.1f} segments; refit with another seed {mean[1]:.3f} "
        f"({REFITS} seeds)"
    )
    print(f"  single clusterings, best three: {'; '.join(f'{k} {v:.3f}' for k, v in best.tail(3)[::-1].items())}")
    print(f"  rules on patients not searched: precision {mean[3]:.3f}, recall {mean[4]:.3f}, Jaccard {mean[5]:.3f}")


def _singles(profiles: pd.DataFrame, truth: np.ndarray, seed: int) -> list[tuple[str, float]]:
    matrix = clustering_matrix(profiles, fit_columns(profiles))
    every = np.arange(matrix.shape[1])
    return [
        (f"{name} k={k}", adjusted_rand_score(truth, learn(name, matrix, every, k, seed).place(matrix)))
        for name in ALGORITHMS
        for k in range(3, 7)
    ]


def _own(model: SegmentationModel, profiles: pd.DataFrame) -> pd.Series:
    return model.place(profiles, 0.1)["segment"]


def _large() -> None:
    profiles, truth = planted_mixed(PATIENTS, 1)
    start = time.process_time()
    model = fit(profiles, load_policy("region_demo").segmentation, seed=1, trained_as_of=DAY)
    fitted = time.process_time() - start
    own = _own(model, profiles)
    placed = time.process_time() - start - fitted
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{PATIENTS} patients: fit {fitted:.0f}, place {placed:.0f} processor seconds, {memory:.0f} MB at most")
    print(f"  adjusted Rand {adjusted_rand_score(truth, own):.3f}; {model.evidence.note}")
