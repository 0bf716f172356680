"""Five planted kinds of chronic outpatients, so that a clustering has something real to find.

The kind decides how a patient's figures are drawn and is written into no column. Shares follow the mix of domain
practice (MDS 45 %, oncology 30 %, haemoglobinopathy 10 %, renal and gastrointestinal 15 %); all of it is an assumption
except where a source is named.
"""

from dataclasses import dataclass

from hemoflow.domain.requests import ShortageTier

Weights = tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """How the patients of one kind are drawn.

    Attributes:
        share: Share of all chronic outpatients.
        diagnoses: Diagnosis group and weight.
        indication: Reason written on a request.
        shortage_tier: Who is served first in a shortage (Australian contingency plan).
        ages: Least and greatest age, years.
        female_share: Share of women.
        weight_kg: Mean weight; standard deviation is 12 %.
        threshold_g_per_dl: Usual personal threshold (REDDS 8.0; thalassaemia 9.5; others 7.0 to 8.0).
        decay_g_per_dl_week: Median fall of haemoglobin a week.
        units: Units of a usual visit and weight.
        interval_noise: Standard deviation of the logarithm of a visit's interval.
        shocks_per_week: Bleeds, infections and the like (3 to 5 % a week).
        stay_share: Shocks that lead to a stay.
        travel_minutes: Median one-way travel.
        mobility: Mobility score and weight.
        frailty: Frailty score and weight.
        irradiated_share: Who needs irradiated cells.
        creatinine_mg_per_dl: Median.
        platelets_per_nl: Median.
        ferritin_ng_per_ml: Median.
        drugs: Name, class, share of patients who have it, and days between renewals (0: once).
    """

    share: float
    diagnoses: tuple[tuple[str, float], ...]
    indication: str
    shortage_tier: ShortageTier
    ages: tuple[int, int]
    female_share: float
    weight_kg: float
    threshold_g_per_dl: float
    decay_g_per_dl_week: float
    units: Weights
    interval_noise: float
    shocks_per_week: float
    stay_share: float
    travel_minutes: float
    mobility: Weights
    frailty: Weights
    irradiated_share: float
    creatinine_mg_per_dl: float
    platelets_per_nl: float
    ferritin_ng_per_ml: float
    drugs: tuple[tuple[str, str, float, int], ...] = ()


FRAIL_AND_REGULAR = Kind(
    share=0.25,
    diagnoses=(("mds", 1.0),),
    indication="bone-marrow failure",
    shortage_tier=ShortageTier.FIRST,
    ages=(78, 93),
    female_share=0.55,
    weight_kg=58,
    threshold_g_per_dl=8.0,
    decay_g_per_dl_week=0.62,
    units=((1, 0.95), (2, 0.05)),
    interval_noise=0.08,
    shocks_per_week=0.01,
    stay_share=0.3,
    travel_minutes=42,
    mobility=((1, 0.3), (2, 0.55), (3, 0.15)),
    frailty=((6, 0.45), (7, 0.45), (8, 0.1)),
    irradiated_share=0.0,
    creatinine_mg_per_dl=1.1,
    platelets_per_nl=140,
    ferritin_ng_per_ml=1300,
    drugs=(("epoetin alfa", "esa", 0.5, 28),),
)
HIGH_BURDEN = Kind(
    share=0.20,
    diagnoses=(("mds", 1.0),),
    indication="bone-marrow failure",
    shortage_tier=ShortageTier.FIRST,
    ages=(62, 80),
    female_share=0.4,
    weight_kg=78,
    threshold_g_per_dl=8.5,
    decay_g_per_dl_week=0.95,
    units=((2, 0.9), (3, 0.1)),
    interval_noise=0.14,
    shocks_per_week=0.02,
    stay_share=0.4,
    travel_minutes=28,
    mobility=((0, 0.6), (1, 0.4)),
    frailty=((4, 0.4), (5, 0.5), (6, 0.1)),
    irradiated_share=0.05,
    creatinine_mg_per_dl=1.0,
    platelets_per_nl=60,
    ferritin_ng_per_ml=2600,
    drugs=(("azacitidine", "chemotherapy", 0.6, 28), ("epoetin alfa", "esa", 0.2, 28)),
)
UNDER_CHEMOTHERAPY = Kind(
    share=0.30,
    diagnoses=(("haem_onc", 0.6), ("solid_onc", 0.4)),
    indication="chemotherapy support",
    shortage_tier=ShortageTier.FIRST,
    ages=(40, 75),
    female_share=0.5,
    weight_kg=70,
    threshold_g_per_dl=7.5,
    decay_g_per_dl_week=0.7,
    units=((1, 0.45), (2, 0.55)),
    interval_noise=0.45,
    shocks_per_week=0.05,
    stay_share=0.6,
    travel_minutes=25,
    mobility=((0, 0.55), (1, 0.4), (2, 0.05)),
    frailty=((3, 0.35), (4, 0.4), (5, 0.25)),
    irradiated_share=0.3,
    creatinine_mg_per_dl=0.9,
    platelets_per_nl=45,
    ferritin_ng_per_ml=600,
    drugs=(("carboplatin", "chemotherapy", 0.5, 21), ("cytarabine", "chemotherapy", 0.4, 28)),
)
YOUNG_AND_REGULAR = Kind(
    share=0.10,
    diagnoses=(("haemoglobinopathy", 1.0),),
    indication="haemoglobinopathy",
    shortage_tier=ShortageTier.FIRST,
    ages=(14, 36),
    female_share=0.5,
    weight_kg=52,
    threshold_g_per_dl=9.5,
    decay_g_per_dl_week=1.05,
    units=((2, 0.1), (3, 0.9)),
    interval_noise=0.06,
    shocks_per_week=0.005,
    stay_share=0.3,
    travel_minutes=24,
    mobility=((0, 1.0),),
    frailty=((1, 0.4), (2, 0.5), (3, 0.1)),
    irradiated_share=0.0,
    creatinine_mg_per_dl=0.6,
    platelets_per_nl=290,
    ferritin_ng_per_ml=2100,
)
RENAL_OR_BLEEDING = Kind(
    share=0.15,
    diagnoses=(("renal_gi", 1.0),),
    indication="chronic anaemia",
    shortage_tier=ShortageTier.SECOND,
    ages=(55, 84),
    female_share=0.45,
    weight_kg=74,
    threshold_g_per_dl=7.0,
    decay_g_per_dl_week=0.42,
    units=((1, 0.8), (2, 0.2)),
    interval_noise=0.3,
    shocks_per_week=0.05,
    stay_share=0.5,
    travel_minutes=32,
    mobility=((0, 0.2), (1, 0.5), (2, 0.3)),
    frailty=((4, 0.3), (5, 0.4), (6, 0.3)),
    irradiated_share=0.0,
    creatinine_mg_per_dl=4.5,
    platelets_per_nl=220,
    ferritin_ng_per_ml=110,
    drugs=(
        ("darbepoetin alfa", "esa", 0.7, 28),
        ("iron sucrose", "iron", 0.6, 28),
        ("apixaban", "anticoagulant", 0.3, 0),
    ),
)
KINDS = (FRAIL_AND_REGULAR, HIGH_BURDEN, UNDER_CHEMOTHERAPY, YOUNG_AND_REGULAR, RENAL_OR_BLEEDING)
