"""A made-up day that looks like a region's: frames of every layout, seeded, with traps that reports must survive."""

from datetime import UTC, date, datetime, timedelta
from functools import cache

import numpy as np
import pandas as pd

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.policy import load_policy
from hemoflow.domain.requests import Route
from hemoflow.reports.findings import Findings
from hemoflow.reports.go_no_go import go_no_go
from hemoflow.reports.header import Header, freshness_words
from hemoflow.reports.kpis import kpis
from hemoflow.reports.stock import stock_status
from hemoflow.reports.worklist import worklist
from hemoflow.schemas.canonical import CAPACITY
from hemoflow.schemas.frames import conform
from hemoflow.schemas.need import NEED
from hemoflow.schemas.published import FRESHNESS, INGEST_REPORT, QUARANTINE
from hemoflow.schemas.routing import HOME_RULES, ROUTES, SLOTS
from hemoflow.schemas.supply import ALLOCATIONS, OPEN_REQUESTS, ORDERS, PLAN_DAYS, STOCK

AS_OF = date(2024, 10, 31)
TODAY = pd.Timestamp(AS_OF)
CUT_AT = datetime(2024, 10, 31, 8, tzinfo=UTC)
RULES = load_policy("region_demo")
GROUPS = [str(group) for group in BloodGroup]
USE = dict(zip(GROUPS, [3.1, 38.5, 0.7, 24.2, 1.1, 23.8, 0.0, 4.6], strict=True))
FREE = dict(zip(GROUPS, [10, 262, 1, 171, 8, 119, 2, 74], strict=True))
SITES = ["HOSP-1", "HOSP-2", "HOSP-3"]


def patient(number):
    """A pseudonym with the shape that ingest gives."""
    return f"p_{number:016x}"


def make_stock(rng):
    rows = [(group, "available") for group in GROUPS for _ in range(FREE[group])]
    rows += [("O+", "reserved")] * 9 + [("A+", "reserved")] * 5 + [("O-", "reserved")] * 2 + [("B+", "quarantine")] * 3
    days_left = rng.integers(0, 35, len(rows))
    return conform(
        pd.DataFrame(
            {
                "unit_id": [f"u_{i:012x}" for i in range(len(rows))],
                "component": "red_cells",
                "blood_group": [group for group, _ in rows],
                "collected_on": TODAY + pd.to_timedelta(days_left - 34, unit="D"),
                "outdate_on": TODAY + pd.to_timedelta(days_left, unit="D"),
                "site_id": "CENTRE",
                "is_irradiated": False,
                "state": [state for _, state in rows],
                "reserved_request_id": [
                    f"req_{i:016x}" if state == "reserved" else None for i, (_, state) in enumerate(rows)
                ],
            }
        ),
        STOCK,
    )


def make_history(rng):
    days = pd.date_range(TODAY - timedelta(days=56), TODAY - timedelta(days=1))
    rows = [
        (
            on,
            group,
            int(rng.poisson(USE[group])),
            int(rng.random() < USE[group] / 80),
            int(rng.random() < USE[group] / 300),
        )
        for on in days
        for group in GROUPS
    ]
    return pd.DataFrame(rows, columns=["issue_on", "blood_group", "issued_units", "outdated_units", "discarded_units"])


def make_requests(rng, count=170):
    weights = np.array([0.05, 0.38, 0.02, 0.24, 0.02, 0.24, 0.01, 0.04])
    groups = rng.choice(GROUPS, count, p=weights)
    urgency = rng.choice([0, 1, 8], count, p=[0.12, 0.33, 0.55])
    age = np.where(urgency == 8, rng.integers(0, 10, count), rng.integers(0, urgency + 1, count))
    known = [None if i % 29 == 3 else group for i, group in enumerate(groups)]
    supply = [group if group else "O-" for group in known]
    asked = TODAY - pd.to_timedelta(age, unit="D")
    frame = pd.DataFrame(
        {
            "request_id": [f"req_{i:016x}" for i in range(count)],
            "patient_id": [patient(2 * i) for i in range(count)],
            "site_id": rng.choice(SITES, count),
            "component": "red_cells",
            "patient_blood_group": known,
            "supply_blood_group": supply,
            "is_emergency_rule": [group is None for group in known],
            "sex": "F",
            "age_years": 71.0,
            "needs_irradiated": False,
            "antibodies": "",
            "urgency": urgency,
            "shortage_tier": rng.integers(1, 4, count),
            "requested_at": asked.tz_localize("UTC") + timedelta(hours=7),
            "requested_on": asked,
            "due_on": asked + pd.to_timedelta(urgency, unit="D"),
            "open_units": rng.integers(1, 4, count),
            "reserved_units": 0,
        }
    )
    return conform(frame, OPEN_REQUESTS)


def make_allocations(requests, rng):
    rows = []
    for request in requests[requests["due_on"] <= TODAY + timedelta(days=2)].to_dict("records"):
        for line in range(1, request["open_units"] + 1):
            state = rng.choice(["unit", "external", "review"], p=[0.9, 0.06, 0.04])
            group, days_left = request["supply_blood_group"], int(rng.integers(1, 12))
            known = not pd.isna(request["patient_blood_group"])
            fit = (
                ("identical", f"Oldest {group} unit; same group.")
                if known
                else ("emergency_rule", "Group unknown: emergency rule.")
            )
            words = {
                "unit": (*fit, "sample_needed"),
                "external": ("external", f"No {group} unit of ours is free today.", "order_external"),
                "review": ("identical", "Antibodies were not screened.", "review"),
            }[state]
            has_unit = state == "unit"
            rows.append(
                {
                    **{
                        key: request[key]
                        for key in ("request_id", "patient_id", "site_id", "patient_blood_group", "urgency")
                    },
                    "shortage_tier": request["shortage_tier"],
                    "due_on": request["due_on"],
                    "line_number": line,
                    "unit_id": f"u_{len(rows):012x}" if has_unit else None,
                    "unit_blood_group": group if has_unit else None,
                    "outdate_on": TODAY + timedelta(days=days_left) if has_unit else None,
                    "days_left": days_left if has_unit else None,
                    "match_class": words[0],
                    "reason": words[1],
                    "status": words[2],
                    "alternative_1": f"u_{900 + len(rows):012x}" if has_unit else None,
                    "alternative_2": None,
                }
            )
    return conform(pd.DataFrame(rows), ALLOCATIONS)


def make_plan(rng):
    rows = []
    for group in GROUPS:
        stock = FREE[group]
        for number in range(1, 15):
            donated = int(rng.poisson(USE[group] * 0.96))
            wanted = int(rng.poisson(USE[group]))
            internal = min(wanted, stock + donated)
            outdated = int(rng.random() < 0.05 and stock > 20)
            stock += donated - internal - outdated
            rows.append((TODAY + timedelta(days=number - 1), number, "red_cells", group, donated, internal,
                         wanted - internal, wanted // 4, wanted // 4, wanted - 2 * (wanted // 4),
                         outdated, stock))  # fmt: skip
    return conform(pd.DataFrame(rows, columns=list(PLAN_DAYS.columns)), PLAN_DAYS)


def make_orders(plan):
    rows = []
    today = plan[plan["day_number"] == 1].set_index("blood_group")
    for group in GROUPS:
        stock, used, inbound = FREE[group], int(today.loc[group, "internal_units"]), int(USE[group] * 1.2)
        due, quantile, outdating = int(USE[group]), round(USE[group] * 0.4) + 1, int(group == "O+") * 2
        usable = stock - used - outdating + inbound
        gap = due + quantile - usable
        reason = (
            f"{due} due + {quantile} (95 % of very urgent) - {usable} usable "
            f"({stock} stock - {used} used today - {outdating} outdating + {inbound} inbound) = {gap}"
        )
        rows.append((TODAY + timedelta(days=1), 1, "red_cells", group, due // 2, due - due // 2, quantile, stock, used,
                     outdating, inbound, usable, gap, max(0, gap),
                     int(today.loc[group, "external_units"]), reason, "every request can be met"))  # fmt: skip
    return conform(pd.DataFrame(rows, columns=list(ORDERS.columns)), ORDERS)


def make_need(rng, inpatients=14, outpatients=130):
    total = inpatients + outpatients
    inpatient = np.arange(total) < inpatients
    haemoglobin = np.round(rng.normal(8.4, 1.2, total), 1)
    return conform(
        pd.DataFrame(
            {
                "patient_id": [patient(i) for i in range(total)],
                "site_id": np.where(inpatient, "HOSP-1", rng.choice(SITES, total)),
                "care_setting": np.where(inpatient, "INPATIENT", "OUTPATIENT"),
                "programme": np.where(inpatient, "inpatient", "chronic"),
                "diagnosis_group": rng.choice(["mds", "haem_onc", "renal_gi"], total),
                "blood_group": [None if i % 23 == 0 else GROUPS[i % 8] for i in range(total)],
                "haemoglobin_g_per_dl": haemoglobin,
                "haemoglobin_age_hours": rng.integers(2, 190, total).astype(float),
                "estimated_haemoglobin_g_per_dl": np.where(inpatient, np.nan, haemoglobin - 0.4),
                "threshold_g_per_dl": np.where(np.arange(total) % 3 == 0, 8.0, 7.0),
                "is_threshold_personal": np.arange(total) % 3 == 0,
                "is_transfusion_refused": pd.NA,
                "request_24h_probability": np.clip(rng.beta(1.2, 6, total), 0, 1),
                "expected_8d_units": np.round(rng.gamma(1.1, 0.8, total), 2),
                "request_8d_probability": np.clip(rng.beta(3, 4, total), 0, 1),
                "below_on": pd.Series(TODAY + timedelta(days=9), range(total)).mask(inpatient),
                "below_from_on": pd.Series(TODAY + timedelta(days=5), range(total)).mask(inpatient),
                "below_until_on": pd.Series(TODAY + timedelta(days=14), range(total)).mask(inpatient),
                "expected_28d_units": np.where(inpatient, np.nan, 3.2),
                "low_28d_units": np.where(inpatient, np.nan, 1.0),
                "high_28d_units": np.where(inpatient, np.nan, 6.0),
                "reason": [f"haemoglobin {value} g/dL (raises), last transfusion {20 + i % 9} days ago (raises)"
                           for i, value in enumerate(haemoglobin)],
                "model_id": "need-20241001-5c1f",
            }
        ),
        NEED,
    )  # fmt: skip


def make_routes(need, rng, home=22, hospital=5):
    ids = need.loc[need["care_setting"] == "OUTPATIENT", "patient_id"].tolist()
    routes = [Route.HOME] * home + [Route.HOSPITAL] * hospital + [Route.CLINIC] * (len(ids) - home - hospital)
    frame = pd.DataFrame(
        {
            "patient_id": ids,
            "site_id": "HOSP-1",
            "segment": rng.integers(1, 5, len(ids)),
            "segment_words": "age below 60 years and interval variation below 0.3",
            "gates_failed": "",
            "gates_unknown": ["consent" if i % 6 == 1 else "" for i in range(len(ids))],
            "priority_score": np.round(rng.uniform(10, 90, len(ids)), 1),
            "score_words": "travel 24, regularity 20, frailty 12",
            "selected_share": [0.4 if route is Route.HOME else float("nan") for route in routes],
            "standing": ["contested" if route is Route.HOME else None for route in routes],
            "travel_minutes": [float("nan") if i % 11 == 4 else float(10 + i % 50) for i in range(len(ids))],
            "has_carer": [None if i % 9 == 2 else i % 5 != 0 for i in range(len(ids))],
            "is_at_home": [i == 0 for i in range(len(ids))],
            "home_visits": [int(route is Route.HOME) for route in routes],
            "used_minutes": [259 * (route is Route.HOME) for route in routes],
            "next_on": TODAY + timedelta(days=1),
            "expected_visits": np.round(rng.uniform(0.2, 0.6, len(ids)), 2),
            "planned_units": 1,
            "nurse_minutes": 289.0,
            "route": [str(route) for route in routes],
            "needs_review": [i % 6 == 1 for i in range(len(ids))],
            "reason": ["All gates are met and the home team has room." if route is Route.HOME
                       else "Consent is not on record." for route in routes],
            "would_change": "Recorded consent.",
        }
    )  # fmt: skip
    return conform(frame, ROUTES)


def make_slots(visits):
    """Slots of patients one after the other: place, days after today (None is overflow), minutes."""
    frame = pd.DataFrame(visits, columns=["place", "after_days", "minutes"])
    planned = TODAY + pd.to_timedelta(frame["after_days"].astype("float64"), unit="D")
    frame = frame.assign(
        patient_id=[patient(2 * i + 1) for i in range(len(frame))], visit_number=1, planned_units=1, slot_on=planned,
        site_id=np.where(frame["place"] == "HOME", "HOME-1", "HOSP-1"), earliest_on=TODAY,
        latest_on=TODAY + timedelta(days=3), preferred_on=TODAY + timedelta(days=1),
    )  # fmt: skip
    return conform(frame, SLOTS)


def make_home_rules():
    """The program beside simple ways to choose."""
    names = [
        "program",
        "program without floors",
        "score per nurse hour",
        "nearest first",
        "most frequent first",
        "first come",
    ]
    rows = [
        (name, 1800.0 - 40 * i, 22, 22, 95.0, 18.9 - i / 2, 22.0, 66.0, 19.5, 0.4 - i / 20, 0.5, 0.5)
        for i, name in enumerate(names)
    ]
    return conform(pd.DataFrame(rows, columns=list(HOME_RULES.columns)), HOME_RULES)


def make_capacity():
    rows = [
        (site, TODAY + timedelta(days=n), resource, minutes, pd.Timestamp(CUT_AT), "synthetic", True)
        for n in range(-1, 9)
        for site, resource, minutes in (("HOME-1", "nurse_minutes", 480), ("HOSP-1", "chair_minutes", 2880))
    ]
    return conform(pd.DataFrame(rows, columns=list(CAPACITY.columns)), CAPACITY)


def make_freshness():
    rows = [
        ("mimic-iv", "labs", 61234, CUT_AT - timedelta(hours=1), 1.0, False, False),
        ("mimic-iv", "requests", 412, CUT_AT - timedelta(hours=3), 3.0, True, False),
        ("malaysia-donations", "donations", 976, CUT_AT - timedelta(hours=8), 8.0, True, False),
        ("synthetic", "patients", 9120, CUT_AT, 0.0, True, False),
        ("synthetic", "capacity", 620, CUT_AT - timedelta(hours=96), 96.0, False, True),
    ]
    return conform(pd.DataFrame(rows, columns=list(FRESHNESS.columns)), FRESHNESS)


def make_ingest():
    report = [("mimic-iv", "labs", 61246, 61234, 7, 5), ("mimic-iv", "requests", 415, 412, 3, 0),
              ("malaysia-donations", "donations", 976, 976, 0, 0),
              ("synthetic", "patients", 9120, 9120, 0, 0)]  # fmt: skip
    faults = [
        ("mimic-iv", "labs", "hosp/labevents.csv.gz", 100 + i, "valuenum", "45.0",
         "must be between 1 and 30 g/dL", "Check the unit.")
        for i in range(7)
    ] + [
        ("mimic-iv", "requests", "hosp/poe.csv.gz", 7 + i, "ordertime", "<script>alert(1)</script>",
         "is not an instant <script>alert(1)</script>", "Write YYYY-MM-DD HH:MM:SS.")
        for i in range(3)
    ]  # fmt: skip
    return (
        conform(pd.DataFrame(report, columns=list(INGEST_REPORT.columns)), INGEST_REPORT),
        conform(pd.DataFrame(faults, columns=list(QUARANTINE.columns)), QUARANTINE),
    )


def make_header(**changes):
    facts = {
        "run_id": "2024-10-31-5f0c2a9be711", "as_of": AS_OF, "cut_at": CUT_AT, "status": "DRAFT",
        "policy_name": RULES.name, "policy_version": RULES.version, "policy_sha256": RULES.sha256,
        "model_id": "need-20241001-5c1f", "seed": 1,
        "software_version": "0.1.0", "freshness": freshness_words(make_freshness()), "n_warnings": 2,
        "data_note": "Demonstration region: real inpatients (MIMIC-IV demo), synthetic outpatients, groups and stock.",
    }  # fmt: skip
    return Header(**(facts | changes))


METRICS = {"is_real": 1, "auroc": 0.861, "auroc_low": 0.80, "auroc_high": 0.91, "baseline_auroc": 0.812, "auprc": 0.31,
           "baseline_auprc": 0.18,
           "calibration_slope": 0.97, "positives": 61, "rows": 1327, "patients": 60}  # fmt: skip


@cache
def make_day(seed=1):
    """A whole day's findings, made once; the same seed gives the same frames."""
    rng = np.random.default_rng(seed)
    stock, history, requests = make_stock(rng), make_history(rng), make_requests(rng)
    history.loc[history["blood_group"] == "AB-", ["issued_units", "outdated_units", "discarded_units"]] = 0
    before = pd.DataFrame({"blood_group": GROUPS, "available_units": [12, 259, 3, 175, 8, 128, 2, 70]})
    allocations, plan, need = make_allocations(requests, rng), make_plan(rng), make_need(rng)
    orders, routes, capacity = make_orders(plan), make_routes(need, rng), make_capacity()
    status = stock_status(stock, history, before, RULES.supply, as_of=AS_OF)
    report, quarantine = make_ingest()
    slots = make_slots(
        [("HOME", 1 + i % 4, 239 + i) for i in range(22)]
        + [("CLINIC", 1 + i % 5 if i % 20 else None, 248) for i in range(60)]
    )
    figures = kpis(stock_status=status, issue_history=history, plan_days=plan, orders=orders,
                   open_requests=requests, allocations=allocations, routes=routes, slots=slots, capacity=capacity,
                   need=need, rules=RULES, as_of=AS_OF)  # fmt: skip
    return Findings(
        header=make_header(), rules=RULES, stock_status=status, freshness=make_freshness(), open_requests=requests,
        orders=orders, plan_days=plan, allocations=allocations, routes=routes,
        worklist=worklist(need, routes, requests, allocations, plan), capacity=capacity,
        slots=slots, home_rules=make_home_rules(), go_no_go=go_no_go(slots, need, allocations, as_of=AS_OF),
        kpis=figures, ingest_report=report, quarantine=quarantine, need_metrics=METRICS,
        warnings=("capacity of synthetic is 4 days old.", "3 requests of mimic-iv were put aside <b>unread</b>."),
    )  # fmt: skip
