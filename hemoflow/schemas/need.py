"""Frames of the need stage: point-in-time features and each patient's predicted red-cell need."""

from hemoflow.domain.requests import CareSetting
from hemoflow.schemas.canonical import GROUPS
from hemoflow.schemas.columns import count, day, flag, instant, measure, text
from hemoflow.schemas.table import Layout

NEED_FEATURES = Layout(
    "need_features",
    "What was known of a patient under care at the cut.",
    {
        "patient_id": text("Pseudonym."),
        "cut_at": instant("The cut."),
        "source": text("Source of the patient."),
        "site_id": text("Site that looks after the patient."),
        "care_setting": text("Setting at the cut.", choices=[str(s) for s in CareSetting]),
        "programme": text("Why the patient is known."),
        "diagnosis_group": text("Reason for transfusion.", missing=True),
        "blood_group": text("ABO/RhD group.", choices=GROUPS, missing=True),
        "ancestry": text("As recorded; no model reads it.", missing=True),
        "is_female": measure("1 female, 0 male.", missing=True),
        "age_years": measure("Least age that the year of birth allows.", missing=True),
        "weight_kg": measure("Weight.", missing=True),
        "threshold_g_per_dl": measure("Personal threshold.", missing=True),
        "stay_hours": measure("Hours since the stay began; missing for outpatients.", missing=True),
        "haemoglobin_g_per_dl": measure("Last haemoglobin.", missing=True),
        "haemoglobin_age_hours": measure("Hours since that sample.", missing=True),
        "haemoglobin_before_g_per_dl": measure("Haemoglobin before the last.", missing=True),
        "haemoglobin_min_7d_g_per_dl": measure("Lowest of 7 days.", missing=True),
        "haemoglobin_slope_g_per_dl_day": measure("Slope over 7 days.", missing=True),
        "haemoglobin_sd_28d_g_per_dl": measure("Standard deviation over 28 days.", missing=True),
        "haematocrit_share": measure("Last haematocrit.", missing=True),
        "platelets_10e9_per_l": measure("Last platelets.", missing=True),
        "inr": measure("Last INR.", missing=True),
        "creatinine_mg_per_dl": measure("Last creatinine.", missing=True),
        "ferritin_ng_per_ml": measure("Last ferritin.", missing=True),
        "mcv_fl": measure("Last mean cell volume.", missing=True),
        "reticulocytes_percent": measure("Last reticulocytes.", missing=True),
        "labs_24h": measure("Haemoglobin results in 24 hours."),
        "transfused_24h_units": measure("Units in 24 hours."),
        "transfused_7d_units": measure("Units in 7 days."),
        "transfused_28d_units": measure("Units in 28 days."),
        "transfused_84d_units": measure("Units in 84 days."),
        "transfusion_age_hours": measure("Hours since the last transfusion.", missing=True),
        "last_interval_days": measure("Days between the last two transfusion days.", missing=True),
        "mean_interval_days": measure("Mean interval over 84 days.", missing=True),
        "interval_before_days": measure("The interval before the last.", missing=True),
        "recent_interval_days": measure("Mean of the last three intervals within 365 days.", missing=True),
        "interval_variation": measure("Standard deviation / mean of the last six intervals.", missing=True),
        "last_visit_units": measure("Units on the last transfusion day.", missing=True),
        "mean_visit_units": measure("Mean units of the last six transfusion days.", missing=True),
        "visit_rate_28d_units": measure("Units in 28 days at the rate of the last six intervals.", missing=True),
        "haemoglobin_168d_first_g_per_dl": measure("First haemoglobin of 168 days.", missing=True),
        "haemoglobin_168d_first_age_hours": measure("Hours since that sample.", missing=True),
        "transfused_between_units": measure("Units between that sample and the last."),
        "transfused_since_haemoglobin_units": measure("Units since the last sample."),
        "response_g_per_dl_per_unit": measure(
            "Rise of haemoglobin by a unit, over the last three transfusion days.", missing=True
        ),
        "requested_24h_units": measure("Units asked for in 24 hours."),
        "requested_7d_units": measure("Units asked for in 7 days."),
        "chemotherapy_7d": measure("Chemotherapy running in 7 days, 0 or 1."),
        "anticoagulant_7d": measure("Anticoagulant running in 7 days, 0 or 1."),
        "iron_28d": measure("Iron in 28 days, 0 or 1."),
        "esa_28d": measure("Erythropoiesis-stimulating agent in 28 days, 0 or 1."),
        "had_cancer": measure("A malignant neoplasm is coded, 0 or 1."),
        "had_renal_failure": measure("Renal failure is coded, 0 or 1."),
        "had_gi_bleed": measure("Gastrointestinal bleeding is coded, 0 or 1."),
        "had_anaemia": measure("An anaemia is coded, 0 or 1."),
        **{
            name: measure(
                f"Whether a note says so, 0 or 1; missing before the source's first note: {said}.", missing=True
            )
            for name, said in {
                "note_active_bleeding_7d": "active bleeding, 7 days",
                "note_melaena_7d": "melaena, 7 days",
                "note_anaemia_symptoms_7d": "symptoms of anaemia, 7 days",
                "note_chemotherapy_planned_28d": "chemotherapy planned, 28 days",
                "note_transfusion_refused_84d": "transfusion refused, perhaps, 84 days; no model reads it",
            }.items()
        },
        "procedures_planned_7d": measure("Procedures known to be planned for the next 7 days."),
    },
    ("patient_id", "cut_at"),
)

NEED_LABELS = Layout(
    "need_labels",
    "What a patient newly needed on a day after a point in the past; days without need are rows too.",
    {
        "patient_id": text("Pseudonym."),
        "cut_at": instant("The point."),
        "day_number": count("1 is the 24 hours that begin at the point.", least=1, most=30),
        "units": count("Units asked for and not withdrawn, or transfused without a request in the 8 days before."),
        "has_event": flag("Whether any red-cell request was made or transfusion begun.", missing=False),
    },
    ("patient_id", "cut_at", "day_number"),
)

NEED = Layout(
    "need",
    "Predicted red-cell need of a patient under care.",
    {
        "patient_id": text("Pseudonym."),
        "site_id": text("Site."),
        "care_setting": text("Setting."),
        "programme": text("Why the patient is known."),
        "diagnosis_group": text("Reason for transfusion.", missing=True),
        "blood_group": text("ABO/RhD group; missing means unknown.", choices=GROUPS, missing=True),
        "haemoglobin_g_per_dl": measure("Last haemoglobin.", missing=True),
        "haemoglobin_age_hours": measure("Hours since that sample.", missing=True),
        "estimated_haemoglobin_g_per_dl": measure(
            "Haemoglobin estimated for the cut: the last one and what units since have lifted, less the patient's own "
            "fall; missing where no fall is known.",
            missing=True,
        ),
        "threshold_g_per_dl": measure("Threshold used: personal, else the policy's default."),
        "is_threshold_personal": flag("Whether a clinician set it.", missing=False),
        "request_24h_probability": measure("Probability of a red-cell request within 24 hours.", least=0, most=1),
        "request_8d_probability": measure("Probability of a request within 8 days.", least=0, most=1, missing=True),
        "expected_8d_units": measure("Expected units in the 8 days from the cut.", least=0),
        "expected_28d_units": measure("Expected units of 28 days; chronic programme only.", least=0, missing=True),
        "low_28d_units": measure("Lower limit of those units.", least=0, missing=True),
        "high_28d_units": measure("Upper limit; 80 % of such patients lie between.", least=0, missing=True),
        "below_on": day(
            "Day by which haemoglobin is as likely as not below the threshold or red cells given; chronic programme.",
            missing=True,
        ),
        "below_from_on": day("First day of the window in which 80 % of such patients are due.", missing=True),
        "below_until_on": day("Last day of that window.", missing=True),
        "is_transfusion_refused": flag("Whether a note of 84 days says so, perhaps; missing without notes."),
        "reason": text("The contributions that moved the probability most, in words."),
        "model_id": text("Model version."),
    },
    ("patient_id",),
)

NEED_BY_DAY = Layout(
    "need_by_day",
    "Expected units of a patient on one of the next 8 days.",
    {
        "patient_id": text("Pseudonym."),
        "day_number": count("1 is the day that begins at the cut.", least=1, most=30),
        "need_on": day("Calendar day."),
        "expected_units": measure("Expected units.", least=0),
    },
    ("patient_id", "day_number"),
)
