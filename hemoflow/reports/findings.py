"""What one day's run found: the frames and facts that all its pages are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from hemoflow.domain.policy import Policy
from hemoflow.reports.header import Header
from hemoflow.schemas.canonical import CAPACITY
from hemoflow.schemas.frames import empty
from hemoflow.schemas.published import INGEST_REPORT, KPIS, QUARANTINE, WORKLIST
from hemoflow.schemas.routing import GO_NO_GO, HOME_RULES, ROUTES, SLOTS
from hemoflow.schemas.supply import ALLOCATIONS, ORDERS, PLAN_DAYS


@dataclass(frozen=True, eq=False)
class Findings:
    """Frames of a day, named as their layouts.

    Stock, freshness and requests are always there; a status-only run has no more.

    Attributes:
        header: Header of every page.
        rules: Policy of the run.
        stock_status: Frame STOCK_STATUS.
        freshness: Frame FRESHNESS.
        open_requests: Frame OPEN_REQUESTS.
        orders: Frame ORDERS.
        plan_days: Frame PLAN_DAYS.
        allocations: Frame ALLOCATIONS.
        worklist: Frame WORKLIST.
        routes: Frame ROUTES.
        slots: Frame SLOTS.
        home_rules: Frame HOME_RULES.
        go_no_go: Frame GO_NO_GO.
        capacity: Frame CAPACITY.
        kpis: Frame KPIS.
        ingest_report: Frame INGEST_REPORT.
        quarantine: Frame QUARANTINE.
        need_metrics: How good the need model is; see :func:`hemoflow.reports.model_card.model_words` for its keys.
        warnings: What a reader must know first, one sentence each, without patient identifiers.
    """

    header: Header
    rules: Policy
    stock_status: pd.DataFrame
    freshness: pd.DataFrame
    open_requests: pd.DataFrame
    orders: pd.DataFrame = field(default_factory=lambda: empty(ORDERS))
    plan_days: pd.DataFrame = field(default_factory=lambda: empty(PLAN_DAYS))
    allocations: pd.DataFrame = field(default_factory=lambda: empty(ALLOCATIONS))
    worklist: pd.DataFrame = field(default_factory=lambda: empty(WORKLIST))
    routes: pd.DataFrame = field(default_factory=lambda: empty(ROUTES))
    slots: pd.DataFrame = field(default_factory=lambda: empty(SLOTS))
    home_rules: pd.DataFrame = field(default_factory=lambda: empty(HOME_RULES))
    go_no_go: pd.DataFrame = field(default_factory=lambda: empty(GO_NO_GO))
    capacity: pd.DataFrame = field(default_factory=lambda: empty(CAPACITY))
    kpis: pd.DataFrame = field(default_factory=lambda: empty(KPIS))
    ingest_report: pd.DataFrame = field(default_factory=lambda: empty(INGEST_REPORT))
    quarantine: pd.DataFrame = field(default_factory=lambda: empty(QUARANTINE))
    need_metrics: Mapping[str, float | int | None] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def has_plan(self) -> bool:
        """Whether the run planned; a status-only run did not."""
        return len(self.plan_days) > 0

    @property
    def patient_ids(self) -> frozenset[str]:
        """Every pseudonym in the frames: none may reach a page of aggregates."""
        frames = (self.worklist, self.routes, self.open_requests, self.allocations)
        return frozenset(name for frame in frames for name in frame["patient_id"].astype("str"))
