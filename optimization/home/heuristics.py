"""Simple ways to choose the patients at home, under the same gates, teams and windows: what the program is measured by.

Each goes through the patients in an order and takes whoever still fits on the days nearest to the likeliest ones; none
looks ahead and none keeps a floor.
"""

from collections.abc import Callable, Mapping
from typing import Any

from optimization.home.judge import fits
from optimization.home.problem import HomeProblem, Patient, Visit
from optimization.home.solving import HomePlan, Key, plan_of

Order = Callable[[Patient], Any]


def orders(travel_minutes: Mapping[str, float]) -> dict[str, Order]:
    """The ways by name, each as the key that sorts the patients."""
    return {
        "score per nurse hour": lambda patient: -patient.total_gain / patient.minutes,
        "nearest first": lambda patient: travel_minutes[patient.patient_id],
        "most frequent first": lambda patient: -len(patient.visits),
        "first come": lambda patient: min(visit.preferred_day for visit in patient.visits),
    }


def choose(problem: HomeProblem, order: Order) -> HomePlan:
    """Patients in an order, earlier names first on ties, each taken when all visits still fit."""
    loads: dict[tuple[str, int], list[int]] = {key: [] for key in problem.by_day}
    slots: dict[Key, tuple[str, int]] = {}
    for patient in sorted(problem.servable, key=lambda each: (order(each), each.patient_id)):
        for team in sorted(team for name, team in problem.pairs if name == patient.patient_id):
            days = _days(problem, patient, team, loads)
            if days is not None:
                slots |= {(patient.patient_id, number): (team, day) for number, day in days.items()}
                break
    return plan_of(problem, slots)


def _days(
    problem: HomeProblem, patient: Patient, team: str, loads: dict[tuple[str, int], list[int]]
) -> dict[int, int] | None:
    """A day for each visit, entered into the loads; None when one of them has none, and then nothing is entered."""
    given: dict[int, int] = {}
    for visit in patient.visits:
        day = next((day for day in _nearest(problem, visit) if _has_room(problem, visit, (team, day), loads)), None)
        if day is None:
            for number, taken in given.items():
                loads[team, taken].remove(next(v.home_minutes for v in patient.visits if v.number == number))
            return None
        loads[team, day].append(visit.home_minutes)
        given[visit.number] = day
    return given


def _nearest(problem: HomeProblem, visit: Visit) -> list[int]:
    return sorted(visit.days, key=lambda day: (visit.day_cost(day, problem.first_weekday), day))


def _has_room(
    problem: HomeProblem, visit: Visit, key: tuple[str, int], loads: dict[tuple[str, int], list[int]]
) -> bool:
    slot = problem.by_day.get(key)
    return slot is not None and fits([*loads[key], visit.home_minutes], slot)
