"""The greatest gain of the home teams, proven, and then the days nearest to the likeliest ones."""

from dataclasses import dataclass

from optimization.home.problem import HomeProblem
from optimization.home.program import Model, state_home
from optimization.solver import Program

Key = tuple[str, int]
"""A visit: patient and number."""


@dataclass(frozen=True, eq=False)
class HomePlan:
    """Slots of home teams.

    Attributes:
        slots: Visit to team and day; a patient has a slot for every visit, or none.
        gain: Points of all visits, in hundredths, hysteresis included.
        day_cost: Distance from the likeliest days, see :meth:`optimization.home.problem.Visit.day_cost`.
    """

    slots: dict[Key, tuple[str, int]]
    gain: int
    day_cost: int

    @property
    def patients(self) -> frozenset[str]:
        """Who is at home."""
        return frozenset(patient for patient, _ in self.slots)


def plan_of(problem: HomeProblem, slots: dict[Key, tuple[str, int]]) -> HomePlan:
    """A plan with its figures, from its slots."""
    chosen = {patient for patient, _ in slots}
    visits = {(visit.patient_id, visit.number): visit for patient in problem.servable for visit in patient.visits}
    cost = sum(visits[key].day_cost(day, problem.first_weekday) for key, (_, day) in slots.items())
    gain = sum(patient.total_gain for patient in problem.servable if patient.patient_id in chosen)
    return HomePlan(dict(sorted(slots.items())), gain, cost)


def solve_home(problem: HomeProblem, time_limit_s: float) -> HomePlan:
    """The optimum of both rungs.

    Args:
        problem: Patients and teams.
        time_limit_s: For both rungs together.

    Raises:
        SolveError: HiGHS did not prove an optimum.
    """
    if not problem.pairs:
        return HomePlan({}, 0, 0)
    model = state_home(problem)
    program = Program(model, time_limit_s, is_whole=True)
    program.keep("gain", round(program.minimise("gain")))
    _keep_patients(model, program)
    program.minimise("days")
    keys = list(model.options)
    taken = program.values(*(model.slot[key].name for key in keys))
    slots = {(p, n): (k, d) for (p, n, k, d), value in zip(keys, taken, strict=True) if value > 0.5}  # noqa: PLR2004
    return plan_of(problem, slots)


def _keep_patients(model: Model, program: Program) -> None:
    """Who is not at home stays so; the others may still change their team."""
    pairs = list(model.pairs)
    values = program.values(*(model.at_home[pair].name for pair in pairs))
    chosen = {pair[0] for pair, value in zip(pairs, values, strict=True) if value > 0.5}  # noqa: PLR2004
    for pair in pairs:
        if pair[0] not in chosen:
            program.fix(model.at_home[pair].name, 0.0)
