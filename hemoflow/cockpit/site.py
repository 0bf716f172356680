"""The map of the cockpit: every page, who may open it, and where each role starts."""

from typing import NamedTuple

from hemoflow.cockpit.access import EVERYBODY
from hemoflow.store import Role

PLANNERS = frozenset({Role.PLANNER, Role.ENGINEER, Role.EVALUATOR})
REQUESTS = frozenset({Role.PLANNER, Role.LABORATORY})
"""Who sees single requests: those who decide about them."""


class Page(NamedTuple):
    """One page.

    Attributes:
        path: Where it is.
        title: Its name in the navigation.
        question: The daily question that it answers.
        roles: Who may open it.
        paper: The run's paper for the same question, and what it is called.
        artifact: Key of the artifact that shows the same in Prefect.
    """

    path: str
    title: str
    question: str
    roles: frozenset[Role]
    paper: str = ""
    paper_title: str = ""
    artifact: str = ""


PAGES = (
    Page("/today", "Today", "How many days of stock, by group?", EVERYBODY, "brief.html", "the brief",
         "stock-status"),
    Page("/orders", "Order list", "What to order for tomorrow, and why?", PLANNERS | {Role.LABORATORY},
         artifact="order-list"),
    Page("/deferrals", "Deferrals", "Which requests may wait, and which need special units?", REQUESTS),
    Page("/shortage", "Shortage", "What if stock runs short?", REQUESTS),
    Page("/picks", "Pick list", "Which unit for which patient today?", frozenset({Role.LABORATORY}),
         "allocations.html", "the pick list", "allocation-plan"),
    Page("/reserved", "Reserved", "Which reservations should be released?", frozenset({Role.LABORATORY})),
    Page("/expiring", "Outdating", "What outdates soon, and how likely unused?", REQUESTS),
    Page("/sites", "By hospital", "How much will each hospital ask for?", REQUESTS),
    Page("/worklist", "Worklist", "Whom to call in, when, for how many units?", frozenset({Role.CLINIC}),
         "worklist.html", "the worklist"),
    Page("/routing", "Home or clinic", "Who could be at home, who must not?", frozenset({Role.CLINIC}),
         "routing.html", "the routing table"),
    Page("/capacity", "Capacity", "Are chairs and nurses enough?", frozenset({Role.CLINIC, Role.PLANNER})),
    Page("/go-no-go", "Go/no-go", "Is blood really there before the visit?",
         frozenset({Role.CLINIC, Role.LABORATORY}), "go_no_go.html", "the list to tick"),
    Page("/changes", "Against yesterday", "What changed since the day before?", EVERYBODY),
    Page("/held", "Plan and actual", "Did yesterday's plan hold?", EVERYBODY),
    Page("/figures", "Figures", "Are forecasts and plan any good?", EVERYBODY, artifact="key-figures"),
    Page("/what-if", "What if", "What would other stock, phase, capacity or policy give?",
         frozenset({Role.PLANNER, Role.EVALUATOR})),
    Page("/data", "Data health", "Did every source arrive, complete and on time?", EVERYBODY,
         artifact="ingest-report"),
    Page("/runs", "Runs", "Which runs are there, and who decided what?", EVERYBODY),
)  # fmt: skip
HOME = {
    Role.PLANNER: "/today",
    Role.LABORATORY: "/picks",
    Role.CLINIC: "/worklist",
    Role.ENGINEER: "/data",
    Role.EVALUATOR: "/figures",
}
"""Where each role starts."""
