"""Hospital stays with daily blood counts: patients who ask for red cells, and as many beside them who do not.

The demonstration has real inpatients instead; a region of any size has none. Whole columns are drawn at once, with one
generator a district. All shapes are assumptions but for the anchors named beside them.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from hemoflow.connectors.synthetic import SOURCE, draws
from hemoflow.connectors.synthetic.chronic_course import ASSAY_SD_G_PER_DL, UNIT_ML
from hemoflow.connectors.synthetic.customs import AGE_BANDS
from hemoflow.connectors.synthetic.magnitudes import Region
from hemoflow.domain.requests import CareSetting, Urgency
from hemoflow.domain.units import Component
from hemoflow.schemas.canonical import ENCOUNTERS, LAB_LIMITS, LABS, PATIENTS, TRANSFUSIONS
from hemoflow.schemas.frames import conform

COMPANIONS_PER_STAY = 1.0
"""Patients in a bed who ask for no red cells, for each one who does."""
COUNTS_PER_DAY = 1.6
"""Blood counts a day of a stay."""
DAYS_BEFORE, DAYS_AFTER = 1.5, 3.5
"""Mean days in a bed before and after the request (exponential)."""
HOURS_TO_TRANSFUSION = {Urgency.VERY_URGENT: 0.75, Urgency.URGENT: 6.0, Urgency.NOT_URGENT: 10.0}
"""From the request, or from midnight of the agreed day, to the start of the transfusion."""
LEVEL_AT_REQUEST = {Urgency.VERY_URGENT: (7.2, 1.1), Urgency.URGENT: (7.3, 0.6), Urgency.NOT_URGENT: (8.6, 1.2)}
"""Haemoglobin when red cells are asked for, g/dL: mean and standard deviation."""
LEVEL_OF_OTHERS = (11.3, 1.9)
"""Haemoglobin of patients who ask for none, g/dL."""
FALL_G_PER_DL_DAY = 0.45
"""Mean fall before the request (exponential); others fall a quarter of it."""
LIFT_G_PER_DL_UNIT = (1.0, 0.25)
"""Rise a unit: 4 mL/kg for 1 g/dL at 70 kg."""
WITHDRAWN_BEFORE_THE_END = np.timedelta64(4, "h")
"""A request withdrawn up to here from the planned start was not transfused."""
HIGHEST_LEVEL = 14.5
"""Units given to a bleeding patient replace what is lost: no level rises beyond this, g/dL."""
Analyte = tuple[str, float, float, float]
ANALYTES: tuple[Analyte, ...] = (
    ("haemoglobin", 1.0, 0.0, 0.0),
    ("haematocrit", 0.95, 0.0, 0.0),
    ("platelets", 0.9, 190.0, 0.5),
    ("mcv", 0.85, 90.0, 0.06),
    ("creatinine", 0.75, 1.1, 0.45),
    ("inr", 0.3, 1.2, 0.2),
    ("ferritin", 0.05, 280.0, 0.9),
    ("reticulocytes", 0.05, 1.6, 0.5),
)
"""Code, share of counts that have it, median and spread of its logarithm; the first two follow the haemoglobin."""

Numbers = NDArray[np.float64]
SECONDS_A_DAY = 86_400


def make_stays(patients: pd.DataFrame, requests: pd.DataFrame, region: Region, seed: int) -> dict[str, pd.DataFrame]:
    """Frames ``patients``, ``encounters``, ``labs`` and ``transfusions``, conformed.

    Args:
        patients: Canonical patients with one request each.
        requests: Their requests, with ``planned_on``.
        region: Calendar and magnitudes.
        seed: Seed of the district.
    """
    rng = draws.generator(seed, "stays", 0)
    stays = pd.concat([_asking(requests, rng), _others(requests, region, rng)], ignore_index=True)
    stays = stays.assign(encounter_id=_names("enc", len(stays)))
    known = stays[stays["started_at"] < np.datetime64(region.ends_at.replace(tzinfo=None))]
    return {
        "patients": conform(_people(patients, known, region, rng), PATIENTS),
        "encounters": conform(_encounters(known), ENCOUNTERS),
        "transfusions": conform(_transfusions(known, region), TRANSFUSIONS),
        "labs": conform(_labs(known, region, rng), LABS),
    }


def _asking(requests: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One stay a request: when it began and ended, the haemoglobin at the request, its fall before, its lift after."""
    number, urgency = len(requests), requests["urgency"].map(Urgency)
    asked = requests["requested_at"].dt.tz_localize(None).to_numpy("datetime64[us]")
    planned = pd.to_datetime(requests["planned_on"]).to_numpy("datetime64[us]")
    base = np.where(np.isnat(planned), asked, planned)
    given = base + _days(urgency.map(HOURS_TO_TRANSFUSION).to_numpy(float) / 24)
    cancelled = requests["cancelled_at"].dt.tz_localize(None).to_numpy("datetime64[us]")
    withdrawn = cancelled <= given + WITHDRAWN_BEFORE_THE_END
    levels = np.array([LEVEL_AT_REQUEST[each] for each in urgency]).reshape(number, 2)
    return pd.DataFrame(
        {
            "patient_id": requests["patient_id"].to_numpy(),
            "site_id": requests["site_id"].to_numpy(),
            "started_at": base - _days(rng.exponential(DAYS_BEFORE, number)),
            "ended_at": given + _days(0.5 + rng.exponential(DAYS_AFTER, number)),
            "turned_at": given,
            "level": levels[:, 0] + levels[:, 1] * rng.standard_normal(number),
            "fall": rng.exponential(FALL_G_PER_DL_DAY, number),
            "given_units": np.where(withdrawn, 0, requests["requested_units"].to_numpy(int)),
            "is_asking": True,
        }
    )


def _others(requests: pd.DataFrame, region: Region, rng: np.random.Generator) -> pd.DataFrame:
    number = round(len(requests) * COMPANIONS_PER_STAY)
    first = np.datetime64(region.first_on, "us")
    started = first + _days(rng.uniform(0, len(region.days), number))
    mean, spread = LEVEL_OF_OTHERS
    lasting = rng.exponential(DAYS_BEFORE + DAYS_AFTER, number) + 0.5
    return pd.DataFrame(
        {
            "patient_id": _names("other", number),
            "site_id": draws.pick(rng.random(number), region.sites),
            "started_at": started,
            "ended_at": started + _days(lasting),
            "turned_at": started + _days(lasting),
            "level": np.maximum(7.5, mean + spread * rng.standard_normal(number)),
            "fall": rng.exponential(FALL_G_PER_DL_DAY / 4, number),
            "given_units": 0,
            "is_asking": False,
        }
    )


def _people(asking: pd.DataFrame, stays: pd.DataFrame, region: Region, rng: np.random.Generator) -> pd.DataFrame:
    """Those who ask, known from the start of their stay, and the others, of whom little is on record."""
    others = stays[~stays["is_asking"]]
    bands = np.array(draws.pick(rng.random(len(others)), AGE_BANDS)).reshape(len(others), 2)
    ages = rng.integers(bands[:, 0], bands[:, 1] + 1)
    beside = pd.DataFrame(
        {
            "patient_id": others["patient_id"].to_numpy(),
            "sex": draws.pick(rng.random(len(others)), (("F", 0.5), ("M", 0.5))),
            "birth_year": region.first_on.year - ages,
            "blood_group": [str(group) for group in draws.pick(rng.random(len(others)), region.group_mix)],
            "is_group_synthetic": True,
            "is_group_confirmed": True,
            "diagnosis_group": "other",
            "site_id": others["site_id"].to_numpy(),
            "needs_irradiated": False,
            "source": SOURCE,
            "is_synthetic": True,
        }
    )
    began = pd.Series(stays["started_at"].to_numpy(), index=stays["patient_id"])
    people = pd.concat([asking, beside], ignore_index=True)
    admitted = pd.to_datetime(people["patient_id"].map(began), utc=True)
    earliest = pd.concat([admitted, people["available_at"]], axis=1).min(axis=1)  # planned: asked for before the stay
    people["available_at"] = pd.to_datetime(earliest, utc=True)
    return people.assign(programme="inpatient").reindex(columns=list(PATIENTS.columns))


def _encounters(stays: pd.DataFrame) -> pd.DataFrame:
    return _marked(
        stays[["encounter_id", "patient_id", "site_id", "started_at", "ended_at"]].assign(
            care_setting=str(CareSetting.INPATIENT), available_at=stays["started_at"]
        )
    )


def _transfusions(stays: pd.DataFrame, region: Region) -> pd.DataFrame:
    known_at = stays["turned_at"] + pd.to_timedelta(2 * stays["given_units"], unit="h")
    given = stays[(stays["given_units"] > 0) & (known_at < np.datetime64(region.ends_at.replace(tzinfo=None)))]
    return _marked(
        given[["encounter_id", "patient_id", "given_units"]].assign(
            transfusion_id=_names("tx", len(given)),
            component=str(Component.RED_CELLS),
            volume_ml=given["given_units"] * float(UNIT_ML),
            started_at=given["turned_at"],
            available_at=known_at,
            setting="inpatient",
        )
    )


def _labs(stays: pd.DataFrame, region: Region, rng: np.random.Generator) -> pd.DataFrame:
    """Every analyte of every count of every stay, as far as it is known on the last day."""
    counts = _counts(stays, rng)
    parts = [_analyte(counts, analyte, rng) for analyte in ANALYTES]
    labs = pd.concat(parts, ignore_index=True)
    labs = labs[labs["available_at"] < np.datetime64(region.ends_at.replace(tzinfo=None))]
    return _marked(labs.assign(lab_id=_names("lab", len(labs))))


def _counts(stays: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    lasting = (stays["ended_at"] - stays["started_at"]).dt.total_seconds().to_numpy(float) / SECONDS_A_DAY
    often = 1 + rng.poisson(COUNTS_PER_DAY * lasting)
    row = np.repeat(np.arange(len(stays)), often)
    passed = rng.random(len(row)) * lasting[row]
    taken = stays["started_at"].to_numpy("datetime64[us]")[row] + _days(passed)
    until = (taken - stays["turned_at"].to_numpy("datetime64[us]")[row]) / np.timedelta64(1, "D")
    fall, units = stays["fall"].to_numpy(float)[row], stays["given_units"].to_numpy(float)[row]
    mean, spread = LIFT_G_PER_DL_UNIT
    lift = (units * (mean + spread * rng.standard_normal(len(stays))[row])).clip(min=0)
    level = stays["level"].to_numpy(float)[row]
    path = np.minimum(level + np.where(until < 0, -until * fall, lift), np.maximum(level, HIGHEST_LEVEL))
    return pd.DataFrame(
        {
            "patient_id": stays["patient_id"].to_numpy()[row],
            "encounter_id": stays["encounter_id"].to_numpy()[row],
            "taken_at": taken,
            "level": path + ASSAY_SD_G_PER_DL * rng.standard_normal(len(row)),
            "own": rng.standard_normal(len(stays))[row],
        }
    )


def _analyte(counts: pd.DataFrame, analyte: Analyte, rng: np.random.Generator) -> pd.DataFrame:
    code, share, median, spread = analyte
    made = counts[rng.random(len(counts)) < share]
    unit, low, high = LAB_LIMITS[code]
    noise = rng.standard_normal(len(made))
    values: Mapping[str, Numbers] = {
        "haemoglobin": made["level"].to_numpy(float),
        "haematocrit": 3.0 * made["level"].to_numpy(float) + 0.8 * noise,
    }
    own = median * np.exp(spread * (0.9 * made["own"].to_numpy(float) + 0.3 * noise))
    known = made["taken_at"] + pd.to_timedelta(rng.integers(45, 151, len(made)), unit="min")
    return made[["patient_id", "encounter_id", "taken_at"]].assign(
        code=code, unit=unit, value=np.round(values.get(code, own), 1).clip(max(low, 0.1), high), available_at=known
    )


def _marked(frame: pd.DataFrame) -> pd.DataFrame:
    instants = {name: frame[name].dt.tz_localize("UTC") for name in frame.columns if name.endswith("_at")}
    return frame.assign(**instants, source=SOURCE, is_synthetic=True)


def _days(days: Numbers) -> NDArray[np.timedelta64]:
    return (days * SECONDS_A_DAY).round().astype("timedelta64[s]").astype("timedelta64[us]")


def _names(kind: str, number: int) -> NDArray[np.object_]:
    """Running names; they are unique within a district, which puts its own name before them."""
    figures = pc.utf8_lpad(pa.array(np.arange(1, number + 1)).cast(pa.string()), width=8, padding="0")
    names: NDArray[np.object_] = pc.binary_join_element_wise(kind, figures, "_").to_numpy(zero_copy_only=False)
    return names
