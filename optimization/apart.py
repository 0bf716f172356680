"""The programs of the blood groups as rows, so that an engine may solve each of them where it has room.

No group's program looks at another's: its row holds all that solving it takes, as the text of its file.
"""

from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.policy import Supply
from hemoflow.schemas.columns import text
from hemoflow.schemas.table import Layout
from optimization.ladder import solve
from optimization.plan import Plan
from optimization.problem import Instance

PROGRAMS = Layout(
    "programs",
    "The supply problem of one blood group, or the plan that solves it.",
    {"blood_group": text("Group."), "document": text("Text of the file of the problem, or of the plan.")},
    ("blood_group",),
)
Work = Callable[[pd.DataFrame], pd.DataFrame]
Spread = Callable[[pd.DataFrame, Work], pd.DataFrame]
"""Carries out work on rows of PROGRAMS: all at once, or each where an engine puts it."""


def at_once(rows: pd.DataFrame, work: Work) -> pd.DataFrame:
    """Work on all rows, here."""
    return work(rows)


def plans_of(
    instances: Mapping[BloodGroup, Instance], supply: Supply, spread: Spread = at_once
) -> dict[BloodGroup, Plan]:
    """The plan of each group's problem by the policy's ladder.

    Raises:
        SolveError: There is no plan within the time limit; names the rung and the tightest requests.
    """
    texts = {str(group): instance.to_json() for group, instance in instances.items()}
    rows = pd.DataFrame({"blood_group": list(texts), "document": list(texts.values())}, dtype="string")
    solved = spread(rows, partial(solved_rows, supply=supply)).set_index("blood_group")["document"]
    return {group: Plan.from_json(solved[str(group)]) for group in instances}


def solved_rows(rows: pd.DataFrame, supply: Supply) -> pd.DataFrame:
    """The same rows with plans in place of problems."""
    ask = partial(solve, tolerances=supply.tolerances, time_limit_s=supply.solver_time_limit_s)
    plans = (ask(Instance.from_json(document), supply.paper_ladder) for document in rows["document"])
    return rows.assign(document=pd.array([plan.to_json() for plan in plans], dtype="string"))
