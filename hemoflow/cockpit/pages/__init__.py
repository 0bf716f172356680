"""One router a subject; the order is that of the navigation."""

from hemoflow.cockpit.pages import (
    clinic,
    compare,
    decisions,
    door,
    house,
    laboratory,
    papers,
    supply,
    trials,
    worklist,
)

ROUTERS = tuple(
    subject.router
    for subject in (door, supply, laboratory, worklist, clinic, compare, trials, house, decisions, papers)
)
