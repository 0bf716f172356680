"""The programs of the blood groups as rows, so that an engine may solve each of them where it has room.

No group's program looks at another's: its row holds all that solving it takes, as the text of its file. Where no engine
has room apart, each is solved as it is.
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
"""Carries out work on rows of PROGRAMS, each where an engine puts it."""


def plans_of(
    instances: Mapping[BloodGroup, Instance], supply: Supply, spread: Spread | None = None
) -> dict[BloodGroup, Plan]:
    """The plan of each group's problem by the policy's ladder; here, unless they are spread.

    Raises:
        SolveError: There is no plan within the time limit; names the rung and the tightest requests.
    """
    if spread is None:
        return {group: _solved(instance, supply) for group, instance in instances.items()}
    texts = {str(group): instance.to_json() for group, instance in instances.items()}
    rows = pd.DataFrame({"blood_group": list(texts), "document": list(texts.values())}, dtype="string")
    solved = spread(rows, partial(_solved_rows, supply=supply)).set_index("blood_group")["document"]
    return {group: Plan.from_json(solved[str(group)]) for group in instances}


def _solved_rows(rows: pd.DataFrame, supply: Supply) -> pd.DataFrame:
    """The same rows with plans in place of problems."""
    plans = [_solved(Instance.from_json(document), supply).to_json() for document in rows["document"]]
    return rows.assign(document=pd.array(plans, dtype="string"))


def _solved(instance: Instance, supply: Supply) -> Plan:
    return solve(instance, supply.paper_ladder, tolerances=supply.tolerances, time_limit_s=supply.solver_time_limit_s)
