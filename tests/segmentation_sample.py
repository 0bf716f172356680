"""Outpatients with planted segments, shared by the tests of segmentation and routing."""

import numpy as np
import pandas as pd

from hemoflow.schemas.frames import conform
from hemoflow.schemas.routing import OUTPATIENT_PROFILES

SHARES = (0.34, 0.26, 0.22, 0.18)
CENTRES = {  # one value for each planted segment
    "age_years": (76, 35, 66, 80),
    "threshold_g_per_dl": (8.0, 9.5, 7.5, 8.0),
    "haemoglobin_sd_84d_g_per_dl": (0.6, 0.5, 1.3, 0.8),
    "transfused_84d_units": (11, 8, 9, 4),
    "mean_interval_days": (14, 24, 17, 42),
    "interval_variation": (0.25, 0.1, 0.7, 0.45),
    "stays_84d": (0.5, 0.1, 2.0, 1.0),
    "frailty_score": (5, 2, 5, 7),
}
SPREADS = (6, 0.4, 0.15, 1.5, 3, 0.06, 0.5, 0.8)


def planted(patients: int = 130, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Profiles and the true segment of each, in the order of the patients."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(len(SHARES), patients, p=SHARES)
    frame = pd.DataFrame({"patient_id": [f"p_{n:04d}" for n in range(patients)], "site_id": "HOSP-1"})
    for (name, centres), spread in zip(CENTRES.items(), SPREADS, strict=True):
        frame[name] = np.maximum(rng.normal(np.array(centres)[truth], 2.2 * spread), 0.02)
    frame["frailty_score"] = frame["frailty_score"].round().clip(1, 9)
    frame["stays_84d"] = frame["stays_84d"].round()
    flags = dict.fromkeys(
        (
            "has_open_urgent_request", "has_prior_severe_reaction", "has_unresolved_serology", "has_haemolysis",
            "is_actively_bleeding", "is_cardiopulmonary_unstable",
        ),
        False,
    )  # fmt: skip
    wishes = dict.fromkeys(("has_home_consent", "has_carer", "is_home_safe", "prefers_home"), True)
    rest = {
        "diagnosis_group": "mds", "blood_group": "O+", "is_female": 1.0, "weight_kg": 70.0, "haemoglobin_g_per_dl": 7.9,
        "transfusion_episodes": 6, "units_per_episode": 1.0, "days_since_transfusion": 9.0, "antibodies": "",
        "mobility_score": 1, "last_weekday": 3, "is_at_home": False,
    }  # fmt: skip
    travel = rng.uniform(10, 55, patients).round()
    return conform(frame.assign(**rest, **flags, **wishes, travel_minutes=travel), OUTPATIENT_PROFILES), truth


MIXED_SHARES = (0.32, 0.24, 0.20, 0.14, 0.10)
DIAGNOSES = ("mds", "haemoglobinopathy", "oncology", "renal", "marrow_failure")


def planted_mixed(patients: int = 400, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Five unequal groups in mixed data: skewed measurements, counts, scores, a category, missing values.

    Personal threshold and units of a visit tell nothing about the group; the diagnosis is that of the group in about
    two thirds.
    """
    rng = np.random.default_rng([seed, 77])
    truth = rng.choice(5, patients, p=MIXED_SHARES)
    frame, _ = planted(patients, seed)

    def of(*centres: float) -> np.ndarray:
        return np.array(centres)[truth]

    frame["age_years"] = rng.normal(of(75, 33, 66, 79, 58), 11).clip(18, 99)
    frame["threshold_g_per_dl"] = rng.choice([7.0, 7.5, 8.0, 8.5, 9.0], patients)
    frame["haemoglobin_sd_84d_g_per_dl"] = np.exp(rng.normal(np.log(of(0.6, 0.45, 1.0, 0.8, 0.5)), 0.35))
    frame["transfused_84d_units"] = rng.poisson(of(10, 7, 9, 4, 16)).clip(1)
    frame["mean_interval_days"] = np.exp(rng.normal(np.log(of(14, 24, 17, 40, 9)), 0.3))
    frame["interval_variation"] = rng.normal(of(0.28, 0.14, 0.62, 0.45, 0.3), 0.13).clip(0.02)
    frame["stays_84d"] = rng.poisson(of(0.3, 0.1, 1.6, 0.8, 0.4))
    frame["frailty_score"] = rng.normal(of(5, 2, 5, 7, 4), 1.2).round().clip(1, 9)
    frame["mobility_score"] = rng.normal(of(1, 0.2, 1.2, 2.3, 0.8), 0.8).round().clip(0, 3)
    frame["units_per_episode"] = rng.choice([1.0, 1.5, 2.0], patients)
    names = np.array(DIAGNOSES)
    frame["diagnosis_group"] = np.where(rng.random(patients) < 0.55, names[truth], rng.choice(names, patients))
    for name in ("age_years", "haemoglobin_sd_84d_g_per_dl", "interval_variation", "mean_interval_days"):
        frame.loc[rng.random(patients) < 0.05, name] = np.nan
    for name in ("threshold_g_per_dl", "frailty_score", "mobility_score"):
        frame[name] = frame[name].astype("Float64").mask(rng.random(patients) < 0.08)
    frame["diagnosis_group"] = frame["diagnosis_group"].mask(rng.random(patients) < 0.08)
    return conform(frame, OUTPATIENT_PROFILES), truth
