"""The program of the home teams: who is at home, on which day, with which team. One function an equation.

Two rungs: the greatest gain, then the days nearest to the likeliest ones. Places are decided for whole patients, days
for their visits.
"""

from collections.abc import Callable
from typing import Any

import pyomo.environ as pyo

from optimization.home.problem import HomeProblem, weight

Model = Any
"""A Pyomo model as :func:`declare` leaves it; Pyomo is untyped."""


def declare(problem: HomeProblem) -> Model:
    """Variables, rungs and no equation yet."""
    model = pyo.ConcreteModel(name="home teams")
    model.problem = problem
    model.pairs = pyo.Set(initialize=list(problem.pairs), dimen=2, ordered=True)
    model.options = pyo.Set(initialize=list(problem.options), dimen=4, ordered=True)
    model.visits = pyo.Set(initialize=sorted({(p, n, k) for p, n, k, _ in model.options}), dimen=3, ordered=True)
    model.patients = pyo.Set(initialize=[patient.patient_id for patient in problem.servable], ordered=True)
    model.groups = pyo.Set(initialize=list(problem.group_counts) if problem.floor_percent else [], ordered=True)
    model.packings = pyo.Set(
        initialize=[(*key, least) for key, kept in problem.thresholds.items() for least in kept], dimen=3, ordered=True
    )
    model.at_home = pyo.Var(model.pairs, domain=pyo.Binary)  # z
    model.slot = pyo.Var(model.options, domain=pyo.Binary)  # x
    _name_rungs(model)
    return model


def _name_rungs(model: Model) -> None:
    problem = model.problem
    gains = {patient.patient_id: patient.total_gain for patient in problem.servable}
    model.places = pyo.Expression(expr=pyo.quicksum(model.at_home[pair] for pair in model.pairs))
    costs = {key: problem.options[key].day_cost(key[3], problem.first_weekday) for key in model.options}
    rungs = {
        "gain": -pyo.quicksum(gains[p] * model.at_home[p, k] for p, k in model.pairs),
        "days": pyo.quicksum(costs[key] * model.slot[key] for key in model.options),
    }
    model.rung_names = pyo.Set(initialize=list(rungs), ordered=True)
    model.rungs = pyo.Expression(model.rung_names, rule=lambda _, name: rungs[name])
    model.objectives = pyo.Objective(model.rung_names, rule=lambda model, name: model.rungs[name])


def one_team(model: Model, p: str) -> Any:  # noqa: ANN401
    r"""[1] A patient is at home with one team, or not.

    $$\sum_{k} z_{pk} \le 1 \qquad p \in P$$
    """
    return pyo.quicksum(model.at_home[p, k] for q, k in model.pairs if q == p) <= 1


def every_visit(model: Model, p: str, n: int, k: str) -> Any:  # noqa: ANN401
    r"""[2] Who is at home with a team has each visit on one day of its window, with that team.

    $$\sum_{d \in D_{pn}} x_{pnkd} = z_{pk} \qquad p, n, k$$
    """
    days = [d for d in range(1, 1 + model.last_day) if (p, n, k, d) in model.slot]
    return pyo.quicksum(model.slot[p, n, k, d] for d in days) == model.at_home[p, k]


def nurse_days(model: Model, k: str, d: int, threshold: int) -> Any:  # noqa: ANN401
    r"""[3] The visits of a team's day fit on its nurses, at most two each (``problem.weight``).

    $$\sum_{p,n} w_\theta(a_{pn}) \, x_{pnkd} \le 2 N_{kd} \qquad k, d, \theta$$
    """
    slot, options = model.problem.by_day[k, d], model.problem.options
    weights = {key: weight(options[key].home_minutes, slot.nurse_minutes, threshold) for key in model.keys_of[k, d]}
    taken = [halves * model.slot[key] for key, halves in weights.items() if halves]
    return pyo.quicksum(taken) <= 2 * slot.nurses if taken else pyo.Constraint.Skip


def floor(model: Model, g: str) -> Any:  # noqa: ANN401
    r"""[4] A group gets at least a share of its fair part of the places, in whole places rounded down.

    With e_g of the e servable patients and a floor of f percent, all in whole numbers:

    $$100 e \sum_{p \in g,k} z_{pk} \ge f e_g \sum_{p,k} z_{pk} - 100 e + 1 \qquad g \in G$$
    """
    problem = model.problem
    everyone = 100 * len(problem.servable)
    members = pyo.quicksum(model.at_home[p, k] for p, k in model.pairs if g in model.groups_of[p])
    fair = problem.floor_percent * problem.group_counts[g]
    return everyone * members >= fair * model.places - everyone + 1


def rung_kept(model: Model, rung: str) -> Any:  # noqa: ANN401
    r"""[5] A rung once reached is not given up for a later one.

    $$-\sum_{p,k} g_p z_{pk} \le -g^*$$
    """
    return model.rungs[rung] <= 100 * len(model.options) + 1


Equation = tuple[Callable[..., Any], str]
CONSTRAINTS: tuple[Equation, ...] = (
    (one_team, "patients"),
    (every_visit, "visits"),
    (nurse_days, "packings"),
    (floor, "groups"),
    (rung_kept, "rung_names"),
)


def state_home(problem: HomeProblem) -> Model:
    """The whole program."""
    model = declare(problem)
    model.last_day = max((slot.day for slot in problem.team_days), default=0)
    model.groups_of = {patient.patient_id: patient.groups for patient in problem.servable}
    model.keys_of = {}
    for key in model.options:
        model.keys_of.setdefault((key[2], key[3]), []).append(key)
    for rule, over in CONSTRAINTS:
        setattr(model, rule.__name__, pyo.Constraint(getattr(model, over), rule=rule))
    return model
