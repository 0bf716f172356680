"""Every frame that a stage of the daily run writes, by name: files and store tables are made from these layouts."""

from hemoflow.schemas.need import NEED, NEED_BY_DAY, NEED_FEATURES
from hemoflow.schemas.published import FRESHNESS, KPIS, WORKLIST
from hemoflow.schemas.routing import (
    DEFERRALS,
    GO_NO_GO,
    HOME_RULES,
    OUTPATIENT_PROFILES,
    ROUTES,
    SEGMENT_CANDIDATES,
    SEGMENT_DESCRIPTIONS,
    SEGMENT_RULES,
    SEGMENTS,
    SLOTS,
)
from hemoflow.schemas.supply import (
    ALLOCATIONS,
    DEMAND,
    DEMAND_BY_SITE,
    DEMAND_BY_SITE_URGENCY,
    DEMAND_METHODS,
    OPEN_REQUESTS,
    ORDERS,
    PLAN_DAYS,
    STOCK,
    STOCK_FAN,
    STOCK_STATUS,
    SUPPLY_FORECAST,
)
from hemoflow.schemas.table import Layout
from hemoflow.schemas.watching import DRIFT, NOTE_FINDINGS

RESULTS: dict[str, Layout] = {
    layout.name: layout
    for layout in (
        FRESHNESS, NEED_FEATURES, OUTPATIENT_PROFILES, STOCK, OPEN_REQUESTS, DEFERRALS,
        NEED, NEED_BY_DAY, DRIFT, NOTE_FINDINGS, DEMAND, DEMAND_BY_SITE, DEMAND_BY_SITE_URGENCY, DEMAND_METHODS,
        SUPPLY_FORECAST, STOCK_FAN,
        SEGMENTS, SEGMENT_CANDIDATES, SEGMENT_RULES, SEGMENT_DESCRIPTIONS, ROUTES, SLOTS, HOME_RULES, GO_NO_GO,
        PLAN_DAYS, ORDERS, ALLOCATIONS, STOCK_STATUS, WORKLIST, KPIS,
    )
}  # fmt: skip
