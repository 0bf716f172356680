"""The worklist with what people decided about each visit beside it."""

from collections.abc import Sequence

import pandas as pd

from hemoflow.domain.decisions import Choice, Decision
from hemoflow.schemas.columns import day, instant, text
from hemoflow.schemas.published import WORKLIST
from hemoflow.schemas.table import Layout

WORDS = {Choice.ACCEPT: "accepted", Choice.DEFER: "deferred", Choice.OPEN: "open again"}
DECIDED = Layout(
    WORKLIST.name,
    f"{WORKLIST.meaning} And what a person decided.",
    {
        **WORKLIST.columns,
        "decision": text("accepted, deferred or open again; missing: nobody has decided.", missing=True),
        "deferred_until_on": day("Day to which the visit is deferred.", missing=True),
        "deferred_for": text("What it is deferred for.", missing=True),
        "clinician": text("Clinician who answers for the deferral.", missing=True),
        "decided_by": text("Who decided.", missing=True),
        "decided_at": instant("When.", missing=True),
        "decision_reason": text("Why.", missing=True),
    },
    WORKLIST.key,
)
"""The worklist as it is taken away."""
ADDED = [name for name in DECIDED.columns if name not in WORKLIST.columns]


def latest_decisions(told: Sequence[Decision]) -> dict[str, Decision]:
    """The decision that counts, by patient: the latest."""
    return {each.patient_id: each for each in told}


def with_decisions(rows: pd.DataFrame, told: Sequence[Decision]) -> pd.DataFrame:
    """Rows of the worklist with the columns that DECIDED adds.

    Args:
        rows: Frame WORKLIST, or some of its rows.
        told: Decisions about the run, oldest first.
    """
    found = {who: _told(each) for who, each in latest_decisions(told).items()}
    added = pd.DataFrame(
        [found.get(who, (None,) * len(ADDED)) for who in rows["patient_id"]], columns=ADDED, index=rows.index
    )
    return rows.join(added.astype({name: str(DECIDED.columns[name].dtype) for name in ADDED}))


def _told(each: Decision) -> tuple[object, ...]:
    wish = each.wish
    cause = str(wish.cause) if wish.cause else None
    return WORDS[wish.choice], wish.until_on, cause, wish.clinician or None, each.by, each.at, each.reason or None
