"""Hard gates of transfusion at home: met, failed or unknown, and unknown is never met.

A gate that cannot be judged for lack of data sends the patient to review: the clinic until a person has looked.
Whether the prescriber can be reached, the sample is valid and the patient is stable on the day is recorded nowhere in
advance; those stay on the go/no-go call before dispatch.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from hemoflow.domain.policy import Routing

Judge = Callable[[pd.DataFrame, Routing], pd.Series]

HAEMOGLOBIN_RECENT_HOURS = 28 * 24.0
"""An older haemoglobin is not recent (assumption: one transfusion interval)."""

ANTIBODIES = "NCT07121140: red-cell antibodies exclude red cells at home"
SELECTION = "medicalalgorithms.com, selection of patients for home transfusion"
SA_HEALTH = "SA Health, blood transfusion in community care"
SURVEY = "Benson 1998, survey of home transfusion"


@dataclass(frozen=True, slots=True)
class Gate:
    """A hard condition of transfusion at home.

    Attributes:
        name: The subject in words, which reads well after "closed by" and after "unknown".
        sentence: What must hold.
        source: Where the condition comes from.
        remedy: What would open the gate when it is failed or unknown, as the end of a sentence.
        judge: Profiles with ``haemoglobin_age_hours`` and the policy to a ``boolean`` series; missing is unknown.
        to_hospital: Whether a failed gate means the hospital rather than the clinic.
    """

    name: str
    sentence: str
    source: str
    remedy: str
    judge: Judge
    to_hospital: bool = False


def _yes(column: str) -> Judge:
    return lambda profiles, _: profiles[column].astype("boolean")


def _no(column: str) -> Judge:
    return lambda profiles, _: ~profiles[column].astype("boolean")


def _known(values: pd.Series, holds: pd.Series) -> pd.Series:
    """``holds`` where ``values`` is recorded, unknown elsewhere."""
    return holds.astype("boolean").mask(values.isna())


def _within_catchment(profiles: pd.DataFrame, routing: Routing) -> pd.Series:
    travel = profiles["travel_minutes"]
    return _known(travel, travel <= routing.max_travel_minutes)


def _old_enough(profiles: pd.DataFrame, routing: Routing) -> pd.Series:
    return _known(profiles["age_years"], profiles["age_years"] >= routing.min_age_years)


def _transfused_before(profiles: pd.DataFrame, routing: Routing) -> pd.Series:
    episodes = profiles["transfusion_episodes"]
    return _known(episodes, episodes >= routing.min_prior_transfusions)


def _small_visit(profiles: pd.DataFrame, routing: Routing) -> pd.Series:
    units = usual_units(profiles)
    return _known(units, units <= routing.max_units_per_home_visit * routing.max_home_visits_per_clinic_visit)


def _second_adult(profiles: pd.DataFrame, routing: Routing) -> pd.Series:
    present = profiles["has_carer"].astype("boolean")
    return present if routing.needs_second_adult else present.fillna(value=True) | True


def _screened_negative(profiles: pd.DataFrame, _: Routing) -> pd.Series:
    antibodies = profiles["antibodies"]
    return _known(antibodies, antibodies.str.strip().eq(""))


def _group_known(profiles: pd.DataFrame, _: Routing) -> pd.Series:
    return _known(profiles["blood_group"], profiles["blood_group"].notna())


def _recent_haemoglobin(profiles: pd.DataFrame, _: Routing) -> pd.Series:
    recent = profiles["haemoglobin_age_hours"] <= HAEMOGLOBIN_RECENT_HOURS
    return recent.astype("boolean").mask(~recent)


def _agrees(profiles: pd.DataFrame, _: Routing) -> pd.Series:
    """Consent recorded, unless the patient now prefers the clinic; consent stands without a recorded preference."""
    prefers_clinic = (~profiles["prefers_home"].astype("boolean")).fillna(value=False)
    return profiles["has_home_consent"].astype("boolean") & ~prefers_clinic


def _nothing_to_read(profiles: pd.DataFrame, _: Routing) -> pd.Series:
    """Met unless a note asks for a person: then unknown, so that a note can close home but never open it."""
    asked = profiles.get("note_reasons", pd.Series(pd.NA, index=profiles.index, dtype="string"))
    return asked.isna().astype("boolean").mask(asked.notna())


def usual_units(profiles: pd.DataFrame) -> pd.Series:
    """Units of a usual visit: the mean of 84 days to the nearest whole unit, at least 1; missing without any visit."""
    mean = profiles["units_per_episode"]
    return ((mean + 0.5) // 1).clip(lower=1).astype("Int64")


GATES: tuple[Gate, ...] = (
    Gate("bleeding", "The patient does not bleed.", SELECTION,
         "the bleeding has stopped", _no("is_actively_bleeding"), to_hospital=True),
    Gate("heart and lungs", "Heart and lungs are stable.", SELECTION,
         "heart and lungs are stable", _no("is_cardiopulmonary_unstable"), to_hospital=True),
    Gate("urgency", "No request of class very urgent or urgent is open.", SELECTION,
         "no urgent request is open", _no("has_open_urgent_request"), to_hospital=True),
    Gate("age", "The patient has the policy's least age.", "NCT06487247 and NCT05509439, trial criterion",
         "the patient reaches the least age", _old_enough, to_hospital=True),
    Gate("earlier transfusion", "Earlier transfusions are on record; the first is never at home.",
         "NCT05509439; " + SURVEY, "an earlier transfusion is on record", _transfused_before),
    Gate("severe reaction", "No transfusion led to a severe reaction.", "NCT05509439; " + SELECTION,
         "a physician has cleared the transfusion history", _no("has_prior_severe_reaction")),
    Gate("haemolysis", "No autoimmune haemolysis or haemolysing cold agglutinin.", SELECTION,
         "haemolysis is excluded", _no("has_haemolysis")),
    Gate("serology", "No serological question is open.", "medicalalgorithms.com, requirements",
         "the serological question is resolved", _no("has_unresolved_serology")),
    Gate("antibody screen", "An antibody screen is on record and negative.", ANTIBODIES,
         "a negative antibody screen is on record", _screened_negative),
    Gate("blood group", "The ABO/RhD group is on record.", SA_HEALTH,
         "the blood group is on record", _group_known),
    Gate("recent haemoglobin", "A haemoglobin of the last 28 days is on record.", SA_HEALTH,
         "a haemoglobin of the last 28 days is on record", _recent_haemoglobin),
    Gate("units of a visit", "A usual visit needs no more units than the policy's home visits in its place can give.",
         "Garcia 2018: more adverse events above one product a day",
         "a visit needs no more units than home visits in its place may give", _small_visit),
    Gate("travel", "The home lies in the catchment of the home team.", "NCT05509439, service catchment",
         "the home lies within the home team's catchment", _within_catchment),
    Gate("consent", "Consent to transfusion at home is on record, and no wish for the clinic.",
         SA_HEALTH + "; " + SURVEY, "written consent is on record and the patient does not prefer the clinic", _agrees),
    Gate("second adult", "A second adult is at home during the visit.", SURVEY,
         "a second adult is at home", _second_adult),
    Gate("safety of the home", "The home is judged safe, with telephone and emergency service in reach.", SURVEY,
         "the home is judged safe", _yes("is_home_safe")),
    Gate("notes", "No recent note says or suspects what a person has to look at.",
         "assumption: a finding in a note is evidence to read, not a fact on record",
         "a person has read the note", _nothing_to_read),
)  # fmt: skip
"""Every gate, in the order in which reasons name them."""


def judge(profiles: pd.DataFrame, routing: Routing) -> pd.DataFrame:
    """Patients x gates as ``boolean``: True met, False failed, missing unknown.

    Args:
        profiles: OUTPATIENT_PROFILES with the column ``haemoglobin_age_hours``.
        routing: Policy section.
    """
    return pd.DataFrame({gate.name: gate.judge(profiles, routing).astype("boolean") for gate in GATES})


def funnel(gates: pd.DataFrame) -> pd.DataFrame:
    """How many patients each gate keeps from home, in the order of the gates.

    Args:
        gates: As :func:`judge` gives them.

    Returns:
        ``gate, sentence, source, failed_patients, unknown_patients, alone_patients``: the last are those whom nothing
        else keeps from home.
    """
    is_met = gates.fillna(value=False).astype("bool")
    lacking = (~is_met).sum(axis=1)
    rows = [
        {
            "gate": gate.name,
            "sentence": gate.sentence,
            "source": gate.source,
            "failed_patients": int((~gates[gate.name]).sum()),
            "unknown_patients": int(gates[gate.name].isna().sum()),
            "alone_patients": int((~is_met[gate.name] & (lacking == 1)).sum()),
        }
        for gate in GATES
    ]
    return pd.DataFrame(rows)
