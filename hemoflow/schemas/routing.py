"""Frames of the segmentation and routing stage."""

from hemoflow.domain.requests import Route
from hemoflow.schemas.canonical import GROUPS
from hemoflow.schemas.columns import count, flag, measure, text
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
        "score_share": measure("Mean of agreement and stability.", least=-1, most=1),
        "is_chosen": flag("Whether it gives the segments.", missing=False),
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
    },
    ("segment", "rule_number"),
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
        "expected_visits": measure("Visits expected in the planning days.", least=0),
        "planned_units": count(
            "Units proposed for a visit; missing when no usual number is known.", least=1, missing=True
        ),
        "nurse_minutes": measure("Nurse minutes a home visit takes, travel included.", least=0, missing=True),
        "route": text("HOME, CLINIC or HOSPITAL.", choices=[str(r) for r in Route]),
        "needs_review": flag("Whether a record that only a person can complete decides the place.", missing=False),
        "reason": text("What decided, in one sentence."),
        "would_change": text("What would change the answer."),
    },
    ("patient_id",),
)
