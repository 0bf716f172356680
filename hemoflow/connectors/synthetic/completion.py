"""What MIMIC-IV does not record and the demonstration needs: drawn for its patients only, and marked as drawn."""

from collections.abc import Mapping

import pandas as pd

from hemoflow.connectors.synthetic import draws
from hemoflow.connectors.synthetic.magnitudes import DEMO, Region
from hemoflow.domain.requests import ShortageTier, Urgency
from hemoflow.schemas.canonical import PATIENTS, REQUESTS
from hemoflow.schemas.frames import conform

UNCONFIRMED_SHARE = 0.05
"""Inpatients whose group rests on one sample (assumption)."""

IRRADIATED_SHARE = 0.04
"""Inpatients who need irradiated cells (assumption)."""

ANTIBODIES = (("", 0.95), ("anti-E", 0.02), ("anti-K", 0.02), ("anti-Jka", 0.01))
"""Red-cell antibodies of inpatients (assumption; empty text is a negative screen)."""


def complete_inpatients(
    frames: Mapping[str, pd.DataFrame], seed: int, region: Region = DEMO
) -> dict[str, pd.DataFrame]:
    """Draw blood group, special requirements and urgency of inpatients.

    A patient's group comes from the region's mix, an inpatient's request is very urgent or urgent in the region's
    proportion. Each draw depends on the identifier alone, so a further patient changes nobody else.

    Args:
        frames: Canonical frames of the inpatient source; others than ``patients`` and ``requests`` pass through.
        seed: Seed of the run.
        region: Magnitudes.
    """
    completed = dict(frames)
    completed["patients"] = conform(_complete_patients(frames["patients"], seed, region), PATIENTS)
    completed["requests"] = conform(_complete_requests(frames["requests"], seed, region), REQUESTS)
    return completed


def _complete_patients(patients: pd.DataFrame, seed: int, region: Region) -> pd.DataFrame:
    ids = patients["patient_id"]
    return patients.assign(
        blood_group=[str(group) for group in draws.pick(draws.uniform(ids, "group", seed), region.group_mix)],
        is_group_synthetic=True,
        is_group_confirmed=draws.uniform(ids, "confirmed", seed) >= UNCONFIRMED_SHARE,
        needs_irradiated=draws.uniform(ids, "irradiated", seed) < IRRADIATED_SHARE,
        antibodies=draws.pick(draws.uniform(ids, "antibodies", seed), ANTIBODIES),
    )


def _complete_requests(requests: pd.DataFrame, seed: int, region: Region) -> pd.DataFrame:
    shares = list(zip((Urgency.VERY_URGENT, Urgency.URGENT), region.urgency_share[:2], strict=True))
    urgency = draws.pick(draws.uniform(requests["request_id"], "urgency", seed), shares)
    first = pd.Series([drawn == Urgency.VERY_URGENT for drawn in urgency], index=requests.index, dtype=bool)
    return requests.assign(
        urgency=[int(drawn) for drawn in urgency],
        is_urgency_synthetic=True,
        shortage_tier=requests["shortage_tier"].mask(first, int(ShortageTier.FIRST)),
    )
