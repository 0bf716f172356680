"""Frames of the demand, stock and assignment stages."""

from hemoflow.schemas.canonical import COMPONENTS, GROUPS
from hemoflow.schemas.columns import count, day, flag, instant, measure, text
from hemoflow.schemas.table import Layout

STOCK = Layout(
    "stock",
    "A unit in the house at the cut.",
    {
        "unit_id": text("Identification number."),
        "component": text("Component.", choices=COMPONENTS),
        "blood_group": text("ABO/RhD group.", choices=GROUPS),
        "collected_on": day("Day of collection."),
        "outdate_on": day("Last day on which it may be transfused."),
        "site_id": text("Where it is held."),
        "is_irradiated": flag("Whether it was irradiated.", missing=False),
        "state": text("State at the cut.", choices=["available", "reserved", "quarantine"]),
        "reserved_request_id": text("Request it is reserved for.", missing=True),
    },
    ("unit_id",),
)

OPEN_REQUESTS = Layout(
    "open_requests",
    "A request not yet fully issued at the cut.",
    {
        "request_id": text("Pseudonym of the request."),
        "patient_id": text("Pseudonym."),
        "site_id": text("Site that asks."),
        "component": text("Component.", choices=COMPONENTS),
        "patient_blood_group": text("Group on record; missing means unknown.", choices=GROUPS, missing=True),
        "supply_blood_group": text("Group the plan supplies: the patient's, or the emergency rule's.", choices=GROUPS),
        "is_emergency_rule": flag("Whether the emergency rule for unknown groups applies.", missing=False),
        "sex": text("Recorded sex.", missing=True),
        "age_years": measure("Age.", missing=True),
        "needs_irradiated": flag("Must be irradiated; missing is treated as unmet."),
        "antibodies": text("Red-cell antibodies; missing means not screened.", missing=True),
        "urgency": count("Deadline class in days.", most=8),
        "shortage_tier": count("1, 2 or 3.", least=1, most=3),
        "requested_at": instant("When it was asked."),
        "requested_on": day("Local day of the request."),
        "due_on": day("Last day in time."),
        "open_units": count("Units still to supply.", least=1),
        "reserved_units": count("Of these, units already reserved for it."),
    },
    ("request_id",),
)

DEMAND = Layout(
    "demand",
    "Demand of one group, urgency and day of the horizon.",
    {
        "demand_on": day("Day."),
        "day_number": count("1 is the run's day.", least=1),
        "component": text("Component.", choices=COMPONENTS),
        "blood_group": text("ABO/RhD group.", choices=GROUPS),
        "urgency": count("Deadline class in days.", most=8),
        "known_units": count("Open requests due on this day (overdue ones on the first)."),
        "predicted_units": measure(
            "New requests predicted for patients under care, less what they already asked for.", least=0
        ),
        "other_units": measure("New requests of everybody else, from history.", least=0),
        "new_units": count("Whole new units the program plans with: predicted + other, rounded so that sums are kept."),
        "quantile_units": count("Upper quantile of new very urgent units; equals new_units for other classes."),
    },
    ("day_number", "component", "blood_group", "urgency"),
)

SITE_UNITS = ("known_units", "expected_units", "p50_units", "p95_units")

DEMAND_BY_SITE = Layout(
    "demand_by_site",
    "Demand of one site and group on a day of the coming week; sites add up to the region in every possible course.",
    {
        "demand_on": day("Day."),
        "day_number": count("1 is the run's day.", least=1),
        "component": text("Component.", choices=COMPONENTS),
        "site_id": text("Site that asks."),
        "blood_group": text("ABO/RhD group.", choices=GROUPS),
        "known_units": count("Open requests due on this day (overdue ones on the first)."),
        "expected_units": measure("New units expected.", least=0),
        "p50_units": count("Median of known and new units."),
        "p95_units": count("95th percentile of known and new units."),
    },
    ("day_number", "component", "site_id", "blood_group"),
)

DEMAND_BY_SITE_URGENCY = Layout(
    "demand_by_site_urgency",
    "Demand of one site, group and urgency on a day of the coming week, from the same possible courses as its site's.",
    {
        **{name: DEMAND_BY_SITE.columns[name] for name in ("demand_on", "day_number", "component", "site_id")},
        "blood_group": DEMAND_BY_SITE.columns["blood_group"],
        "urgency": count("Deadline class in days.", most=8),
        **{name: DEMAND_BY_SITE.columns[name] for name in SITE_UNITS},
    },
    (*DEMAND_BY_SITE.key, "urgency"),
)

DEMAND_METHODS = Layout(
    "demand_methods",
    "A method that competed to forecast the region's units a day, and how it did on the days before the run.",
    {
        "subject": text("What is forecast.", choices=("demand", "donations")),
        "method": text("Method."),
        "scaled_error": measure(
            "Mean absolute error over that of the same weekday of the week before; missing with too few days.",
            least=0,
            missing=True,
        ),
        "is_selected": flag("Whether it forecasts.", missing=False),
        "compared_days": count("Days before the run on which the methods competed."),
        "history_days": count("Days of history."),
    },
    ("subject", "method"),
)

STOCK_FAN = Layout(
    "stock_fan",
    "Days of stock of one group at the end of a coming day when nothing is ordered.",
    {
        "fan_on": day("Day."),
        "day_number": count("1 is the run's day.", least=1),
        "component": text("Component.", choices=COMPONENTS),
        "blood_group": text("ABO/RhD group.", choices=GROUPS),
        "p10_days": measure(
            "Days of stock that nine courses in ten exceed; missing without use.", least=0, missing=True
        ),
        "p50_days": measure("Median.", least=0, missing=True),
        "p90_days": measure("Days of stock that one course in ten exceeds.", least=0, missing=True),
        "alert_days": measure("Policy alert."),
        "is_below_alert": flag("Whether the median is below the alert level.", missing=False),
    },
    ("day_number", "component", "blood_group"),
)

SUPPLY_FORECAST = Layout(
    "supply_forecast",
    "Donations expected of one group on a day of the horizon.",
    {
        "supply_on": day("Day."),
        "day_number": count("1 is the run's day.", least=1),
        "component": text("Component.", choices=COMPONENTS),
        "blood_group": text("ABO/RhD group.", choices=GROUPS),
        "expected_units": measure("Mean.", least=0),
        "planned_units": count("Whole units the program plans with."),
        "low_units": count("Lower quantile, which the order counts on."),
    },
    ("day_number", "component", "blood_group"),
)

STOCK_STATUS = Layout(
    "stock_status",
    "Stock of one group at the cut: the number planners look at first.",
    {
        "component": text("Component.", choices=COMPONENTS),
        "blood_group": text("ABO/RhD group.", choices=GROUPS),
        "available_units": count("Free units."),
        "reserved_units": count("Reserved units."),
        "quarantine_units": count("Units in quarantine."),
        "outdating_3d_units": count("Free units whose last day is within 3 days."),
        "outdating_7d_units": count("Free units whose last day is within 7 days."),
        "average_daily_demand_units": measure("Mean units a day over the policy's history (ADRD).", least=0),
        "days_of_stock": measure("Free units / average daily demand.", least=0, missing=True),
        "target_days": measure("Policy target."),
        "alert_days": measure("Policy alert."),
        "phase": text("green, amber or red.", choices=["green", "amber", "red"]),
        "change_units": count("Free units against the day before.", least=None),
    },
    ("component", "blood_group"),
)

PLAN_DAYS = Layout(
    "plan_days",
    "The plan of one group on one day (De Angelis et al. 2001).",
    {
        "plan_on": day("Day."),
        "day_number": count("1 is the run's day.", least=1),
        "component": text("Component.", choices=COMPONENTS),
        "blood_group": text("ABO/RhD group.", choices=GROUPS),
        "donated_units": count("Donations planned with (r); on the first day with units already in from that day."),
        "internal_units": count("Units supplied from stock and donations (c)."),
        "external_units": count("Units from outside the system (n)."),
        "very_urgent_units": count("Supplied to very urgent requests (y0)."),
        "urgent_units": count("Supplied to urgent requests (y1)."),
        "not_urgent_units": count("Supplied to not urgent requests (y8)."),
        "outdated_units": count("Units outdated at the end of the day, first in first out (m)."),
        "stock_after_units": count("Stock at the end of the day, units reserved for requests apart."),
    },
    ("day_number", "component", "blood_group"),
)

ORDERS = Layout(
    "orders",
    "What to order from outside for the day it can arrive, with the arithmetic (De Angelis et al. 2001, section 5).",
    {
        "needed_on": day("Day for which it is ordered."),
        "lead_days": count("Days from the order to that day.", least=1),
        "component": text("Component.", choices=COMPONENTS),
        "blood_group": text("ABO/RhD group.", choices=GROUPS),
        "due_not_urgent_units": count("Not urgent requests due on that day."),
        "due_urgent_units": count("Urgent requests due on that day."),
        "very_urgent_quantile_units": count(
            "Quantile of that day's very urgent demand; with a longer lead time also the margin of the days before."
        ),
        "stock_units": count("Free units now."),
        "used_today_units": count("Units the plan supplies from stock before that day."),
        "outdating_units": count("Units whose last day comes before that day and that stay unused."),
        "inbound_units": count("Donations counted on: the low quantile of each day until then."),
        "usable_stock_units": count("Stock - used today - outdating + inbound.", least=None),
        "gap_units": count("Need - usable stock; negative is a reserve.", least=None),
        "order_units": count("max(0, gap)."),
        "external_today_units": count("Units the plan needs from outside today."),
        "reason": text("The arithmetic in words."),
        "explanation": text("Why the plan takes units from outside at all, or why it needs none."),
    },
    ("component", "blood_group"),
)

ALLOCATIONS = Layout(
    "allocations",
    "One proposed unit, or one unit to get from outside, for a request.",
    {
        "request_id": text("Request."),
        "line_number": count("Running number within the request.", least=1),
        "patient_id": text("Pseudonym."),
        "site_id": text("Site that asks."),
        "patient_blood_group": text("Group on record; missing means unknown.", choices=GROUPS, missing=True),
        "urgency": count("Deadline class.", most=8),
        "shortage_tier": count("1, 2 or 3.", least=1, most=3),
        "due_on": day("Last day in time."),
        "unit_id": text("Proposed unit; missing when none of ours fits or a person must look first.", missing=True),
        "unit_blood_group": text("Its group.", choices=GROUPS, missing=True),
        "outdate_on": day("Its last day.", missing=True),
        "days_left": count("Days until then.", missing=True),
        "match_class": text(
            "How it fits; external is a unit to get from outside, none a line that names no unit until a person looks.",
            choices=["reserved", "identical", "compatible", "emergency_rule", "external", "none"],
        ),
        "status": text("What is still to do.", choices=["sample_needed", "order_external", "review"]),
        "reason": text("Why this unit."),
        "alternative_1": text("Next best unit.", missing=True),
        "alternative_2": text("Second best unit.", missing=True),
    },
    ("request_id", "line_number"),
)
