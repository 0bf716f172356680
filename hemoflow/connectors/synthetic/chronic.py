"""Chronic outpatients: who they are, and the rows that their months leave behind."""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.synthetic import SOURCE, draws
from hemoflow.connectors.synthetic.chronic_course import Course, Person, Row
from hemoflow.connectors.synthetic.chronic_types import KINDS
from hemoflow.connectors.synthetic.magnitudes import Region, at
from hemoflow.connectors.synthetic.rows import conform_requests
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.frames import conform

HOME_RECORDS: tuple[tuple[str, float, float], ...] = (
    ("has_prior_severe_reaction", 0.04, 0.02),
    ("has_unresolved_serology", 0.04, 0.03),
    ("has_haemolysis", 0.02, 0.02),
    ("is_actively_bleeding", 0.015, 0.02),
    ("is_cardiopulmonary_unstable", 0.05, 0.04),
    ("has_home_consent", 0.76, 0.12),
    ("has_carer", 0.80, 0.06),
    ("is_home_safe", 0.90, 0.05),
    ("prefers_home", 0.68, 0.12),
)
"""Record, share of yes, and share never asked, which stays unknown (assumption)."""

ANTIBODIES: tuple[tuple[str | None, float], ...] = (
    ("", 0.8),
    (None, 0.1),
    ("anti-E", 0.04),
    ("anti-K", 0.04),
    ("anti-c;anti-E", 0.02),
)
"""Red-cell antibodies; None is a patient never screened (assumption)."""

UNKNOWN_TRAVEL_SHARE, UNKNOWN_IRRADIATION_SHARE, UNKNOWN_WEIGHT_SHARE = 0.08, 0.02, 0.05
"""Records never made (assumption)."""

ONE_SAMPLE_SHARE = 0.03
"""Groups that rest on one sample (assumption)."""

EVEN_STEP = (5**0.5 - 1) / 2
"""Multiples of the golden section fill [0, 1) evenly, so that any number of patients has nearly the stated mix."""

IDENTIFIERS = {
    "encounters": ("encounter_id", "enc"),
    "labs": ("lab_id", "lab"),
    "requests": ("request_id", "req"),
    "transfusions": ("transfusion_id", "tx"),
    "drugs": ("drug_id", "drug"),
}


LEAST = ("raw", "person", "encounter", "planned_on", "available_at")
"""What the naming of rows reads; a history of a few days may have no row of a table."""


def make_chronic(pseudonymiser: Pseudonymiser, region: Region, seed: int) -> dict[str, pd.DataFrame]:
    """Frames of the chronic outpatients, conformed; ``requests`` has one more column, ``planned_on``, for the replay.

    Each patient has a generator of their own, so that neither a further patient nor a longer history changes a row.
    """
    rows: dict[str, list[Row]] = {table: [] for table in ("patients", *IDENTIFIERS)}
    for number in range(round(region.chronic_patients * region.scale)):
        rng = draws.generator(seed, "chronic outpatient", number)
        person, patient = _person(number, rng, region)
        rows["patients"].append(patient)
        rows["drugs"] += _drugs(person, rng, region)
        for table, made in _course(person, rng, region).run().items():
            rows[table] += made
    return {table: _frame(table, made, pseudonymiser, region) for table, made in rows.items()}


def _person(number: int, rng: np.random.Generator, region: Region) -> tuple[Person, Row]:
    (kind,) = draws.pick([number * EVEN_STEP % 1.0], [(kind, kind.share) for kind in KINDS])
    (site,) = draws.pick([rng.random()], region.clinic_chairs)
    (hospital,) = draws.pick([rng.random()], region.sites)
    person = Person(
        name=f"chronic/{number}",
        kind=kind,
        site_id=site,
        hospital_id=hospital,
        weight_kg=round(float(rng.normal(kind.weight_kg, 0.12 * kind.weight_kg)), 1),
        threshold_g_per_dl=kind.threshold_g_per_dl + 0.5 * int(rng.integers(-1, 2)),
        decay_g_per_dl_week=kind.decay_g_per_dl_week * float(np.exp(rng.normal(0.0, 0.15))),
    )
    return person, {
        "raw": "",
        "person": person.name,
        "available_at": at(region.first_on),
        **_record(person, rng, region),
    }


def _record(person: Person, rng: np.random.Generator, region: Region) -> dict[str, Any]:
    kind = person.kind
    record: dict[str, Any] = {
        "sex": "F" if rng.random() < kind.female_share else "M",
        "birth_year": region.first_on.year - int(rng.integers(kind.ages[0], kind.ages[1] + 1)),
        "blood_group": str(_one(rng, region.group_mix)),
        "is_group_synthetic": True,
        "is_group_confirmed": rng.random() >= ONE_SAMPLE_SHARE,
        "programme": "chronic",
        "diagnosis_group": _one(rng, kind.diagnoses),
        "site_id": person.site_id,
        "weight_kg": _known(person.weight_kg, rng, UNKNOWN_WEIGHT_SHARE),
        "threshold_g_per_dl": person.threshold_g_per_dl,
        "needs_irradiated": _known(rng.random() < kind.irradiated_share, rng, UNKNOWN_IRRADIATION_SHARE),
        "antibodies": _one(rng, ANTIBODIES),
        "travel_minutes": _known(
            round(float(kind.travel_minutes * np.exp(rng.normal(0, 0.45)))), rng, UNKNOWN_TRAVEL_SHARE
        ),
        "mobility_score": _one(rng, kind.mobility),
        "frailty_score": _one(rng, kind.frailty),
    }
    for name, share, unknown_share in HOME_RECORDS:
        record[name] = _known(rng.random() < share, rng, unknown_share)
    return record


def _course(person: Person, rng: np.random.Generator, region: Region) -> Course:
    """A course that begins between two visits, at a random point of the interval."""
    usual_units = sum(units * weight for units, weight in person.kind.units)
    level = person.threshold_g_per_dl + usual_units * person.lift_g_per_dl * rng.random()
    return Course(person, rng, region, since=region.first_on, level_then=level)


def _drugs(person: Person, rng: np.random.Generator, region: Region) -> list[Row]:
    """Prescriptions, renewed at the drug's interval from a random day on."""
    rows: list[Row] = []
    for name, drug_class, share, every_days in person.kind.drugs:
        is_given, phase = rng.random() < share, int(rng.integers(28))
        starts = [
            region.first_on + timedelta(days=phase + n * every_days)
            for n in range(len(region.days) if every_days else 1)
        ]
        rows += [
            {
                "raw": f"{person.name}/{name}/{start}",
                "person": person.name,
                "name": name,
                "drug_class": drug_class,
                "started_at": at(start, 9),
                "available_at": at(start, 9),
            }
            for start in starts
            if is_given and start <= region.last_on
        ]
    return rows


def _frame(table: str, rows: list[Row], pseudonymiser: Pseudonymiser, region: Region) -> pd.DataFrame:
    """Rows known before the history ends, with pseudonyms in place of the generator's names."""
    layout = CANONICAL[table]
    known = pd.DataFrame([row for row in rows if row["available_at"] < region.ends_at] or {name: [] for name in LEAST})
    known["patient_id"] = [pseudonymiser.pseudonym("p", SOURCE, name) for name in known["person"]]
    if table in IDENTIFIERS:
        column, kind = IDENTIFIERS[table]
        known[column] = [pseudonymiser.pseudonym(kind, SOURCE, f"{table}/{name}") for name in known["raw"]]
    if table == "transfusions":
        known["encounter_id"] = [
            pseudonymiser.pseudonym("enc", SOURCE, f"encounters/{name}") for name in known["encounter"]
        ]
    known = known.assign(source=SOURCE, is_synthetic=True)
    return (
        conform_requests(known) if table == "requests" else conform(known.reindex(columns=list(layout.columns)), layout)
    )


def _one(rng: np.random.Generator, choices: Any) -> Any:  # noqa: ANN401
    return draws.pick([rng.random()], choices)[0]


def _known(value: Any, rng: np.random.Generator, unknown_share: float) -> Any:  # noqa: ANN401
    return None if rng.random() < unknown_share else value
