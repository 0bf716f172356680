"""Features and scoring of the need model at size, beside one plain scan of the same Parquet; training beside XGBoost.

A tenth of the full size, which is one million patients under care and 50 million laboratory rows: ``--full`` for all of
it, ``--size 0.01`` for another share. Each stage runs in a process of its own; times are processor seconds. Data are
made by DuckDB into a temporary folder and removed.
"""

import argparse
import sys
import tempfile
from datetime import date
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import xgboost as xgb

from benchmarks.scale import apart, scan_seconds, timed
from hemoflow.asof import open_view
from hemoflow.asof.parts import by_rows
from hemoflow.domain.policy import load_policy
from hemoflow.schemas import need as layouts
from hemoflow.schemas.canonical import CANONICAL
from models.need import predict_days, predict_today, train, with_week_units
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
    parser = argparse.ArgumentParser(prog="python -m benchmarks models")
    parser.add_argument("--size", type=float, default=0.1, help="share of the full size")
    parser.add_argument("--full", action="store_true", help="the full size")
    asked = parser.parse_args(sys.argv[1:])
    size = 1.0 if asked.full else asked.size
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = _make(folder, size)
        print(f"{round(PATIENTS * size):,} patients, {round(LABS * size):,} laboratory rows")
        scan = apart(partial(_scan_all, paths))[0]
        for stage, work in (("features", partial(_features, paths, folder)), ("scoring", partial(_scoring, folder))):
            seconds, peak = apart(work)
            print(
                f"{stage:<9} {seconds:8.2f} s = {seconds / scan:5.1f} x the plain scan ({scan:.2f} s), {peak:.2f} GiB"
            )
    _training()


def _scan_all(paths: dict[str, list[Path]]) -> float:
    return sum(scan_seconds(files) for files in paths.values())


def _features(paths: dict[str, list[Path]], folder: Path) -> float:
    with open_view(paths, CUT_AT.to_pydatetime(), time_zone="UTC") as view:
        features, seconds = timed(view.need_features)
    features.to_parquet(folder / "features.parquet")
    return seconds


def _scoring(folder: Path) -> float:
    model = train(*make_sample(), NEED, seed=1, trained_as_of=date(2024, 10, 24))
    features = pd.read_parquet(folder / "features.parquet")
    days, today = (
        partial(score, model, need=NEED, as_of=date(2024, 10, 31)) for score in (predict_days, predict_today)
    )

    def _as_a_run_does() -> None:
        by_day = by_rows(features, days, layouts.NEED_BY_DAY, engine="duckdb")
        by_rows(with_week_units(features, by_day), today, layouts.NEED, engine="duckdb")

    return timed(_as_a_run_does)[1]


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
        ours.append(timed(lambda: boost((columns, units, None), need, UNITS, 1))[1])
        theirs.append(timed(lambda: xgb.train(bare, xgb.DMatrix(columns, units, nthread=1), need.trees))[1])
    print(f"training {min(ours):.2f} s, bare xgboost.train {min(theirs):.2f} s: {min(ours) / min(theirs) - 1:+.1%}")
