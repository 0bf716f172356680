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
