"""Features and scoring of the need model at size, beside one plain scan of the same Parquet; training beside XGBoost.

``HEMOFLOW_BENCH_SCALE`` is the share of the full size, one million patients and 50 million laboratory rows; a hundredth
when left out. Data are made by DuckDB into a temporary folder and removed.
"""

import os
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import xgboost as xgb

from hemoflow.asof import open_view
from hemoflow.domain.policy import load_policy
from hemoflow.schemas.canonical import CANONICAL
from models.need import predict, train
from models.need.features import matrix
from models.need.learning import MONOTONE, UNITS, boost
from tests.unit.need_sample import NEED, make_sample

PATIENTS, LABS = 1_000_000, 50_000_000
CUT_AT = pd.Timestamp("2024-10-31 08:00", tz="UTC")
MADE = {
    "patients": {"patient_id": "'p' || i", "programme": "'chronic'", "sex": "'F'", "birth_year": "1950 + i % 50",
                 "site_id": "'CLINIC-1'", "weight_kg": "50.0 + i % 50", "diagnosis_group": "'mds'",
                 "available_at": "TIMESTAMPTZ '2023-01-01 00:00:00+00'"},
    "labs": {"lab_id": "'l' || i", "patient_id": "'p' || (i % {patients})", "code": "'haemoglobin'",
             "value": "6.0 + hash(i) % 80 / 10.0", "unit": "'g/dL'",
             "taken_at": "TIMESTAMPTZ '2024-10-31 07:00:00+00' - to_hours(CAST(hash(i + 1) % 8000 AS INTEGER))",
             "available_at": "TIMESTAMPTZ '2024-10-31 07:30:00+00' - to_hours(CAST(hash(i + 1) % 8000 AS INTEGER))"},
}  # fmt: skip


def run() -> None:
    """Print time, ratio and peak memory."""
    scale = float(os.environ.get("HEMOFLOW_BENCH_SCALE", "0.01"))
    with tempfile.TemporaryDirectory() as folder:
        paths = _make(Path(folder), scale)
        _, scan = _timed(
            lambda: duckdb.sql(f"SELECT count(*), sum(value), max(taken_at) FROM '{paths['labs'][0]}'").fetchall()
        )
        with open_view(paths, CUT_AT.to_pydatetime(), time_zone="UTC") as view:
            features, asked = _timed(view.need_features)
    model = train(*make_sample(), NEED, seed=1, trained_as_of=date(2024, 10, 24))
    _, scored = _timed(lambda: predict(model, features, NEED, as_of=date(2024, 10, 31)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"scale {scale:g}: {len(features):,} patients, {round(LABS * scale):,} laboratory rows")
    print(f"plain scan {scan:.2f} s  features {asked:.2f} s = {asked / scan:.1f} x the scan  scoring {scored:.2f} s")
    print(f"peak memory {peak:.2f} GB")
    _training()


def _make(folder: Path, scale: float) -> dict[str, list[Path]]:
    patients = round(PATIENTS * scale)
    paths = {}
    for name, rows in (("patients", patients), ("labs", round(LABS * scale))):
        known = MADE[name] | {"source": "'bench'", "is_synthetic": "true"}
        columns = ", ".join(f"{known.get(c, 'NULL').format(patients=patients)} AS {c}" for c in CANONICAL[name].columns)
        paths[name] = [folder / f"{name}.parquet"]
        duckdb.sql(f"COPY (SELECT {columns} FROM range({rows}) r(i)) TO '{paths[name][0]}' (FORMAT parquet)")
    return paths


def _training() -> None:
    """Our boosting and the bare library on the same columns, alternating; the least of five each."""
    need = load_policy("region_demo").need
    features, _ = make_sample(patients=4000)
    columns = matrix(features, need)
    units = np.random.default_rng(1).poisson(0.5, len(columns)).astype("float64")
    bare = {
        "objective": UNITS, "base_score": float(units.mean()), "eta": need.learning_rate,
        "max_depth": need.units_max_depth, "min_child_weight": 5, "subsample": 0.5, "colsample_bynode": 0.3,
        "max_bin": 64, "tree_method": "hist", "seed": 1, "nthread": 1, "monotone_constraints": MONOTONE,
    }  # fmt: skip
    ours, theirs = [], []
    for _ in range(5):
        ours.append(_timed(lambda: boost((columns, units, None), need, UNITS, 1))[1])
        theirs.append(_timed(lambda: xgb.train(bare, xgb.DMatrix(columns, units, nthread=1), need.trees))[1])
    print(f"training {min(ours):.2f} s, bare xgboost.train {min(theirs):.2f} s: {min(ours) / min(theirs) - 1:+.1%}")


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Processor seconds, so that other work on the machine does not count."""
    start = time.process_time()
    done = work()
    return done, time.process_time() - start
