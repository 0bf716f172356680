"""Usual names of components, whoever writes them."""

import re

from hemoflow.domain.units import Component

COMPONENT_NAMES: dict[Component, str] = {
    Component.RED_CELLS: """red cells;red blood cells;packed red cells;packed red blood cells;packed cells;prc;prbc;rbc;
        lprc;ldprc;lpprc;sdr;rcc;rc;erythrocytes;leukocyte poor red cells;leucodepleted red cells;pooled red cells""",
    Component.PLATELETS: """platelets;platelet;plt;pc;lppc;ldppc;sdp;sdpc;platelet concentrate;apheresis platelets;
        pooled platelets;single donor platelets;random donor platelets""",
    Component.PLASMA: """plasma;ffp;fresh frozen plasma;fp;crp;cryo removed plasma;frozen plasma""",
}
"""Usual names of each component, separated by semicolons; a pool is one unit."""

WITHIN: dict[Component, re.Pattern[str]] = {
    Component.RED_CELLS: re.compile(r"\b(red (blood )?cells?|erythrocytes?|packed cells?|p?rbc)\b", re.IGNORECASE),
    Component.PLATELETS: re.compile(r"\b(platelets?|thrombocytes?)\b", re.IGNORECASE),
    Component.PLASMA: re.compile(r"\b(plasma|ffp)\b", re.IGNORECASE),
}
"""What names a component within a longer description of a product."""


def component_within(description: str) -> Component | None:
    """The one component that a description names; None where it names none or several."""
    named = [component for component, words in WITHIN.items() if words.search(description)]
    return named[0] if len(named) == 1 else None
