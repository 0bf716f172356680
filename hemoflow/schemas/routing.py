"""Frames of the segmentation and routing stage."""

from hemoflow.domain.decisions import Cause
from hemoflow.domain.requests import Route
from hemoflow.schemas.canonical import GROUPS
from hemoflow.schemas.columns import count, day, flag, measure, text
from hemoflow.schemas.table import Layout

OUTPATIENT_PROFILES = Layout(
    "outpatient_profiles",
    "What was known of a patient with regular outpatient transfusion at the cut.",
    {
        "patient_id": text("Pseudonym."),
        "site_id": text("Clinic."),
        "diagnosis_group": text("Reason for transfusion.", missing=True),
        "blood_group": text("ABO/RhD group.", choices=GROUPS, missing=True),
        "is_female": measure("1 female, 0 male.", missing=True),
        "age_years": measure("Age.", missing=True),
        "weight_kg": measure("Weight.", missing=True),
        "threshold_g_per_dl": measure("Personal threshold.", missing=True),
        "haemoglobin_g_per_dl": measure("Last haemoglobin.", missing=True),
        "haemoglobin_sd_84d_g_per_dl": measure("Standard deviation over 84 days.", missing=True),
        "transfusion_episodes": count("Transfusion days on record."),
        "transfused_84d_units": measure("Units in 84 days."),
        "units_per_episode": measure("Mean units a transfusion day over 84 days.", missing=True),
        "mean_interval_days": measure("Mean interval over 84 days.", missing=True),
        "interval_variation": measure("Standard deviation / mean of intervals over 84 days.", missing=True),
        "days_since_transfusion": measure("Days since the last.", missing=True),
        "last_weekday": count("Weekday of the last, 0 Monday to 6 Sunday.", most=6, missing=True),
        "is_at_home": flag("Whether any transfusion of 84 days was at home.", missing=False),
        "stays_84d": measure("Unplanned stays in 84 days."),
        "has_open_urgent_request": flag("An open request of class 0 or 1.", missing=False),
        "travel_minutes": measure("One way.", missing=True),
        "mobility_score": count("0 to 3.", missing=True),
        "frailty_score": count("1 to 9.", missing=True),
        "antibodies": text("Red-cell antibodies; missing means not screened.", missing=True),
        "has_prior_severe_reaction": flag("Any severe transfusion reaction."),
        "has_unresolved_serology": flag("An open serological question."),
        "has_haemolysis": flag("Autoimmune haemolysis or cold agglutinin."),
        "is_actively_bleeding": flag("Active bleeding."),
        "is_cardiopulmonary_unstable": flag("Unstable heart or lungs."),
        "has_home_consent": flag("Written consent to transfusion at home."),
        "has_carer": flag("A second adult at home."),
        "is_home_safe": flag("Home judged safe."),
        "prefers_home": flag("The patient's preference."),
    },
    ("patient_id",),
)

SEGMENTS = Layout(
    "segments",
    "A patient's consensus segment.",
    {
        "patient_id": text("Pseudonym."),
        "segment": count("Consensus clinical group, 1 is the largest.", least=1),
        "membership_share": measure("Mean co-association with the own segment.", least=0, most=1),
        "margin_share": measure("Membership less that of the second segment.", least=-1, most=1),
        "is_ambiguous": flag("Margin below the policy's limit.", missing=False),
        "cluster_segment": count("Segment by consensus clustering, where rules decide too.", least=1, missing=True),
        "rule_segment": count("Segment whose rules alone are met; missing: none or several.", least=1, missing=True),
        "placed_by": text("clusters, or rules when a person's rules file decided.", missing=True),
    },
    ("patient_id",),
)

SEGMENT_CANDIDATES = Layout(
    "segment_candidates",
    "A consensus clustering that was tried, and how it scored.",
    {
        "function": text("Consensus function."),
        "k": count("Clusters asked for.", least=1),
        "segments": count("Clusters left after small ones joined their nearest neighbour.", least=1),
        "smallest_share": measure("Share of patients in the smallest.", least=0, most=1),
        "agreement_share": measure("Average normalised mutual information with the base clusterings.", least=0, most=1),
        "stability_share": measure("Adjusted Rand index between two halves of the ensemble.", least=-1, most=1),
        "score_share": measure("Mean of agreement, stability and concord.", least=-1, most=1),
        "is_chosen": flag("Whether it gives the segments.", missing=False),
        "concord_share": measure("Mean adjusted Rand index with the other candidates.", least=-1, most=1, missing=True),
    },
    ("function", "k"),
)

SEGMENT_RULES = Layout(
    "segment_rules",
    "A readable rule that describes a segment.",
    {
        "segment": count("Segment.", least=1),
        "rule_number": count("Running number within the segment.", least=1),
        "words": text("The rule in words and units."),
        "patients": count("Patients that it covers."),
        "held_out_patients": count("Of these, patients on whom the rule was not made; the shares are theirs."),
        "precision_share": measure(
            "Share of covered held-out patients in the segment; missing when none is covered.",
            least=0,
            most=1,
            missing=True,
        ),
        "recall_share": measure("Share of the segment's held-out patients covered.", least=0, most=1, missing=True),
        "precision_low_share": measure("Lower limit, 95 %, Wilson.", least=0, most=1, missing=True),
        "precision_high_share": measure("Upper limit.", least=0, most=1, missing=True),
        "recall_low_share": measure("Lower limit, 95 %, Wilson.", least=0, most=1, missing=True),
        "recall_high_share": measure("Upper limit.", least=0, most=1, missing=True),
    },
    ("segment", "rule_number"),
)

VISITS = Layout(
    "visits",
    "A visit predicted in the planning days, as it would be at home or in the clinic.",
    {
        "patient_id": text("Pseudonym."),
        "place": text("HOME or CLINIC.", choices=[str(Route.HOME), str(Route.CLINIC)]),
        "visit_number": count("1 is the first.", least=1),
        "site_id": text("Clinic."),
        "earliest_day": count("First day on which it may be; 1 is the run's day.", least=1),
        "latest_day": count("Last day on which it may be.", least=1),
        "preferred_day": count("Likeliest day.", least=1),
        "planned_units": count("Units.", least=1),
        "minutes": count("Nurse minutes, travel included, or minutes of a chair.", least=1),
    },
    ("patient_id", "place", "visit_number"),
)

CANDIDATES = Layout(
    "candidates",
    "A patient of the routing stage, as the programs of the slots see them.",
    {
        "patient_id": text("Pseudonym."),
        "is_open": flag("Whether every gate of home is met.", missing=False),
        "gain_points": measure("Points of a visit at home: score x clinic visits that it replaces.", least=0),
        "is_at_home": flag("Whether the patient is at home already.", missing=False),
        "groups": text("Groups whose share of places is kept, separated by semicolons."),
        "skills": text("Skills that a team needs, separated by semicolons."),
        "travel_minutes": measure("One way.", missing=True),
        "usual_weekday": count("Weekday of the last visit, 0 Monday.", most=6, missing=True),
        "clinic_visits_a_home_visit": measure("Clinic visits that a home visit replaces.", least=0, most=1),
    },
    ("patient_id",),
)

DEFERRALS = Layout(
    "deferrals",
    "A visit that a person deferred before the cut, on a run of an earlier day, and whether it may still wait.",
    {
        "patient_id": text("Pseudonym."),
        "from_on": day("Day of the run whose visit was deferred."),
        "until_on": day("Day to which it is deferred."),
        "cause": text("What it is deferred for.", choices=list(Cause)),
        "clinician": text("Clinician who answers for it; missing without one.", missing=True),
        "lifted_by": text("Why it may no longer wait; empty while it may."),
    },
    ("patient_id",),
)

SLOTS = Layout(
    "slots",
    "A predicted visit and the slot it has: a home team's day or a clinic's chair; without a day it is overflow.",
    {
        "patient_id": text("Pseudonym."),
        "visit_number": count("1 is the first in the planning days.", least=1),
        "place": text("HOME or CLINIC.", choices=[str(Route.HOME), str(Route.CLINIC)]),
        "site_id": text("Home team or clinic."),
        "slot_on": day("Day; missing when no chair of the window is free.", missing=True),
        "earliest_on": day("First day on which it may be."),
        "latest_on": day("Last day on which it may be."),
        "preferred_on": day("Likeliest day."),
        "planned_units": count("Units of the visit.", least=1),
        "minutes": count("Nurse minutes, travel included, or minutes of a chair.", least=1),
    },
    ("patient_id", "visit_number"),
)

HOME_RULES = Layout(
    "home_rules",
    "What a way to choose the patients at home would bring in the planning days, all under the same gates and teams.",
    {
        "rule": text("How patients are chosen."),
        "points": measure("Score points of the visits at home, each by the clinic visits that it replaces.", least=0),
        "home_patients": count("Patients with visits at home."),
        "home_visits": count("Visits at home."),
        "nurse_hours": measure("Nurse hours, travel included.", least=0),
        "points_per_nurse_hour": measure("Points / nurse hours.", least=0, missing=True),
        "clinic_visits_saved": measure("Clinic visits that the visits at home replace.", least=0),
        "chair_hours_freed": measure("Chair hours that they would have taken.", least=0),
        "travel_hours_saved": measure("Hours on the way, both ways, that patients are spared.", least=0),
        "far_share": measure("Share of these patients in the far zone.", least=0, most=1, missing=True),
        "older_share": measure("Share in the older age band.", least=0, most=1, missing=True),
        "female_share": measure("Share of women.", least=0, most=1, missing=True),
    },
    ("rule",),
)

HOME_FRONTIER = Layout(
    "home_frontier",
    "What a way to choose the patients at home would bring with a team of some size.",
    {"nurses": measure("Nurses, full time.", least=0), **HOME_RULES.columns},
    ("nurses", "rule"),
)

GO_NO_GO = Layout(
    "go_no_go",
    "A home visit of the next days, and whether everything that it needs is there: the list of the evening before.",
    {
        "patient_id": text("Pseudonym."),
        "visit_number": count("1 is the first in the planning days.", least=1),
        "site_id": text("Home team."),
        "visit_on": day("Day of the visit."),
        "blood_group": text("ABO/RhD group on record.", choices=GROUPS, missing=True),
        "planned_units": count("Units of the visit.", least=1),
        "assigned_units": count("Units proposed for the patient's open requests."),
        "unit_ids": text("Their numbers, separated by semicolons."),
        "sample_from_on": day("A sample taken from this day on covers the visit."),
        "has_valid_sample": flag("Whether one is confirmed; missing means that nobody has."),
        "is_stable": flag("Whether the patient was found stable on the call; missing means not called."),
        "has_transport": flag("Whether the transport of the blood is booked; missing means not confirmed."),
        "is_crossmatched": flag("Whether the laboratory's crossmatch is done; missing means not confirmed."),
        "is_go": flag("Whether unit, sample, crossmatch, stability and transport are all there.", missing=False),
        "lacking": text("What is not there yet, separated by semicolons."),
    },
    ("patient_id", "visit_number"),
)

SEGMENT_DESCRIPTIONS = Layout(
    "segment_descriptions",
    "A segment with all its rules together; shares are of patients on whom the rules were not made.",
    {
        "segment": count("Segment.", least=1),
        "words": text("Its rules, any of which may be met; empty when nothing short describes it."),
        "patients": count("Patients of the segment among those that rules were learned and judged on."),
        "precision_share": measure("Share of those covered who belong.", least=0, most=1, missing=True),
        "precision_low_share": measure("Lower limit, 95 %, Wilson.", least=0, most=1, missing=True),
        "precision_high_share": measure("Upper limit.", least=0, most=1, missing=True),
        "recall_share": measure("Share of those who belong that are covered.", least=0, most=1, missing=True),
        "recall_low_share": measure("Lower limit, 95 %, Wilson.", least=0, most=1, missing=True),
        "recall_high_share": measure("Upper limit.", least=0, most=1, missing=True),
        "jaccard_share": measure("Who is covered by rules of bootstrap resamples too.", least=0, most=1, missing=True),
        "meets_aims": flag("Precision, recall and stability reach the policy's aims.", missing=False),
    },
    ("segment",),
)

SEGMENT_PROFILES = Layout(
    "segment_profiles",
    "A trait of a segment beside that of the whole cohort.",
    {
        "segment": count("Segment.", least=1),
        "feature": text("Trait, a column of outpatient_profiles."),
        "words": text("The trait as a clinician says it."),
        "level": text("Category; empty for a number."),
        "unit": text("Unit of a number."),
        "middle": measure("Median, or share of the category.", missing=True),
        "cohort_middle": measure("The same of all patients.", missing=True),
        "mean": measure("Mean of a number.", missing=True),
        "cohort_spread": measure("Interquartile range of all patients, or 1.", missing=True),
        "known_patients": count("Patients of the segment in whom it was recorded."),
    },
    ("segment", "feature", "level"),
)

ROUTES = Layout(
    "routes",
    "Where a patient's next transfusions are proposed, and why.",
    {
        "patient_id": text("Pseudonym."),
        "site_id": text("Clinic."),
        "segment": count("Segment.", least=1),
        "segment_words": text("First rule of the segment that the patient meets, or that none is met."),
        "gates_failed": text("Hard gates not met, separated by semicolons."),
        "gates_unknown": text("Hard gates that cannot be judged for lack of data."),
        "priority_score": measure("0 to 100; who gains most from delivery at home.", least=0, most=100),
        "score_words": text("The terms of the score."),
        "selected_share": measure("Share of weightings that serve the patient at home.", least=0, most=1, missing=True),
        "standing": text("always, contested or never at home under other weights; missing: not open.", missing=True),
        "travel_minutes": measure("One way.", missing=True),
        "has_carer": flag("A second adult at home."),
        "is_at_home": flag("Whether any transfusion of 84 days was at home.", missing=False),
        "expected_visits": measure("Clinic visits expected in the planning days.", least=0),
        "planned_units": count(
            "Units proposed for a visit; missing when no usual number is known.", least=1, missing=True
        ),
        "nurse_minutes": measure("Nurse minutes a home visit takes, travel included.", least=0, missing=True),
        "home_visits": count("Visits in the planning days that have a slot of a home team."),
        "used_minutes": count("Nurse minutes of these."),
        "next_on": day("Day of the next slot, at home or in the clinic; missing without one.", missing=True),
        "route": text("HOME, CLINIC, HOSPITAL or REVIEW.", choices=[str(r) for r in Route]),
        "needs_review": flag("Whether a record that only a person can complete decides the place.", missing=False),
        "reason": text("What decided, in one sentence."),
        "would_change": text("What would change the answer."),
    },
    ("patient_id",),
)
