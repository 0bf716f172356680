"""The program of the clinic's chairs: every other visit gets a chair in its window, or is listed as overflow.

Three rungs: fewest visits without a chair, the lowest peak of red cells over the days (with what everybody else is
expected to need and with the visits at home), then the days nearest to the likeliest ones.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo

from optimization.home.packing import packings
from optimization.home.problem import ChairDay, Visit
from optimization.solver import Program

Model = Any


@dataclass(frozen=True)
class ChairProblem:
    """Visits that need a chair.

    Attributes:
        visits: In a fixed order.
        chair_days: Minutes of each clinic by day.
        base_units: Red cells of each day that are needed anyway.
        first_weekday: Weekday of day 1, 0 Monday.
    """

    visits: tuple[Visit, ...]
    chair_days: tuple[ChairDay, ...]
    base_units: dict[int, int]
    first_weekday: int = 0

    def minutes(self, site_id: str, day: int) -> int:
        """Chair minutes of a clinic on a day."""
        return next((slot.minutes for slot in self.chair_days if (slot.site_id, slot.day) == (site_id, day)), 0)


def declare(problem: ChairProblem) -> Model:
    """Variables, rungs and no equation yet. Visits are numbered in their order."""
    model = pyo.ConcreteModel(name="clinic chairs")
    model.problem = problem
    room = {(slot.site_id, slot.day): slot.minutes for slot in problem.chair_days}
    model.visits = pyo.Set(initialize=range(len(problem.visits)), ordered=True)
    options = [
        (v, d)
        for v, visit in enumerate(problem.visits)
        for d in visit.days
        if room.get((visit.site_id, d), 0) >= visit.chair_minutes
    ]
    model.options = pyo.Set(initialize=options, dimen=2, ordered=True)
    used = sorted({(problem.visits[v].site_id, d) for v, d in options})
    model.chair_days = pyo.Set(initialize=used, dimen=2, ordered=True)
    model.days = pyo.Set(initialize=sorted({d for _, d in options}), ordered=True)
    model.chair = pyo.Var(model.options, domain=pyo.Binary)  # c
    model.overflow = pyo.Var(model.visits, domain=pyo.Binary)  # o
    model.peak = pyo.Var(domain=pyo.NonNegativeReals)  # h
    _name_packings(model)
    _name_rungs(model)
    return model


def _name_packings(model: Model) -> None:
    """The full packings of each clinic's day, by the minutes of a visit."""
    visits, full = model.problem.visits, dict[tuple[str, int, int], dict[int, int]]()
    for s, d in model.chair_days:
        here = Counter(visits[v].chair_minutes for v, e in model.options if e == d and visits[v].site_id == s)
        sizes = sorted(here, reverse=True)
        ways = packings(sizes, [here[size] for size in sizes], model.problem.minutes(s, d))
        full |= {(s, d, m): dict(zip(sizes, counts, strict=True)) for m, counts in enumerate(ways)}
    model.full = full
    model.packings = pyo.Set(initialize=list(full), dimen=3, ordered=True)
    model.packed_days = pyo.Set(initialize=sorted({key[:2] for key in full}), dimen=2, ordered=True)
    model.sizes = pyo.Set(
        initialize=sorted({(s, d, size) for (s, d, _), counts in full.items() for size in counts}),
        dimen=3,
        ordered=True,
    )
    model.packing = pyo.Var(model.packings, domain=pyo.NonNegativeReals)  # l


def _name_rungs(model: Model) -> None:
    problem = model.problem
    costs = {(v, d): problem.visits[v].day_cost(d, problem.first_weekday) for v, d in model.options}
    rungs = {
        "overflow": pyo.quicksum(model.overflow[v] for v in model.visits),
        "peak": model.peak + 0.0,
        "days": pyo.quicksum(costs[key] * model.chair[key] for key in model.options),
    }
    model.rung_names = pyo.Set(initialize=list(rungs), ordered=True)
    model.rungs = pyo.Expression(model.rung_names, rule=lambda _, name: rungs[name])
    model.objectives = pyo.Objective(model.rung_names, rule=lambda model, name: model.rungs[name])


def every_visit(model: Model, v: int) -> Any:  # noqa: ANN401
    r"""[1] A visit has a chair on a day of its window, or is overflow.

    $$\sum_{d \in D_v} c_{vd} + o_v = 1 \qquad v \in V$$
    """
    days = [d for d in model.problem.visits[v].days if (v, d) in model.options]
    return pyo.quicksum(model.chair[v, d] for d in days) + model.overflow[v] == 1


def chair_minutes(model: Model, s: str, d: int) -> Any:  # noqa: ANN401
    r"""[2] The visits of a clinic's day take no more than the minutes of its chairs.

    $$\sum_{v \in V_s} a_v \, c_{vd} \le A_{sd} \qquad s, d$$
    """
    problem = model.problem
    here = [v for v, e in model.options if e == d and problem.visits[v].site_id == s]
    taken = pyo.quicksum(problem.visits[v].chair_minutes * model.chair[v, d] for v in here)
    return taken <= problem.minutes(s, d)


def one_packing(model: Model, s: str, d: int) -> Any:  # noqa: ANN401
    r"""[3] A clinic's day is a mean of its full packings.

    $$\sum_{m} \lambda_{sdm} \le 1 \qquad s, d$$
    """
    return pyo.quicksum(model.packing[key] for key in model.packings if key[:2] == (s, d)) <= 1


def packed(model: Model, s: str, d: int, a: int) -> Any:  # noqa: ANN401
    r"""[4] Visits of a size are no more than the packings hold; no whole solution is lost, and many a fraction is.

    $$\sum_{v \in V_s, a_v = a} c_{vd} \le \sum_m n_{sdma} \, \lambda_{sdm} \qquad s, d, a$$
    """
    visits = model.problem.visits
    here = [v for v, e in model.options if e == d and (visits[v].site_id, visits[v].chair_minutes) == (s, a)]
    room = pyo.quicksum(model.full[key][a] * model.packing[key] for key in model.packings if key[:2] == (s, d))
    return pyo.quicksum(model.chair[v, d] for v in here) <= room


def blood_of_day(model: Model, d: int) -> Any:  # noqa: ANN401
    r"""[5] Red cells of a day stay under the peak.

    $$b_d + \sum_v u_v \, c_{vd} \le h \qquad d$$
    """
    problem = model.problem
    units = pyo.quicksum(problem.visits[v].clinic_units * model.chair[v, e] for v, e in model.options if e == d)
    return units - model.peak <= -problem.base_units.get(d, 0)


def rung_kept(model: Model, rung: str) -> Any:  # noqa: ANN401
    r"""[6] A rung once reached is not given up for a later one.

    $$\sum_v o_v \le o^*, \qquad h \le h^*$$
    """
    visits = model.problem.visits
    loose = sum(visit.clinic_units + 20 * len(visit.days) for visit in visits) + sum(model.problem.base_units.values())
    return model.rungs[rung] <= loose + 1


Equation = tuple[Callable[..., Any], str]
CONSTRAINTS: tuple[Equation, ...] = (
    (every_visit, "visits"),
    (chair_minutes, "chair_days"),
    (one_packing, "packed_days"),
    (packed, "sizes"),
    (blood_of_day, "days"),
    (rung_kept, "rung_names"),
)


def solve_chairs(problem: ChairProblem, time_limit_s: float) -> dict[tuple[str, int], int]:
    """A day for each visit that has a chair; who is not in it is overflow.

    Raises:
        SolveError: HiGHS did not prove an optimum.
    """
    model = declare(problem)
    if not len(model.options):
        return {}
    for rule, over in CONSTRAINTS:
        setattr(model, rule.__name__, pyo.Constraint(getattr(model, over), rule=rule))
    program = Program(model, time_limit_s, is_whole=True)
    for rung in model.rung_names:
        program.keep(rung, round(program.minimise(rung)))
    keys = list(model.options)
    taken = program.values(*(model.chair[key].name for key in keys))
    return {
        (problem.visits[v].patient_id, problem.visits[v].number): d
        for (v, d), value in zip(keys, taken, strict=True)
        if value > 0.5  # noqa: PLR2004
    }
