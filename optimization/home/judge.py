"""The judge of home plans, in plain Python: it shares nothing with the program but the problem."""

from collections import defaultdict

from optimization.home.problem import MOST_VISITS_A_NURSE_DAY, HomeProblem, Patient, TeamDay, Visit, skills_of
from optimization.home.solving import HomePlan


def faults(problem: HomeProblem, plan: HomePlan) -> list[str]:
    """Every rule of the problem that the plan breaks, in words without patients; none means accepted."""
    patients = {patient.patient_id: patient for patient in problem.patients}
    loads: dict[tuple[str, int], list[int]] = defaultdict(list)
    found: list[str] = []
    for patient_id in sorted(plan.patients):
        patient = patients.get(patient_id)
        given = {number: slot for (name, number), slot in plan.slots.items() if name == patient_id}
        if patient is None:
            found.append("a patient who may not be at home has a slot")
            continue
        found += _faults_of_patient(problem, patient, given)
        for visit in patient.visits:
            if visit.number in given:
                loads[given[visit.number]].append(visit.home_minutes)
    for key, minutes in sorted(loads.items()):
        slot = problem.by_day.get(key)
        if slot is None or not fits(minutes, slot):
            found.append(f"team {key[0]} cannot make its {len(minutes)} visits of day {key[1]}")
    return found + _faults_of_floors(problem, plan)


def fits(minutes: list[int], slot: TeamDay) -> bool:
    """Whether visits fit on the nurses of a day: the longest takes the longest partner that still fits."""
    left = sorted(minutes)
    for _ in range(slot.nurses):
        if not left:
            break
        room = slot.nurse_minutes - left.pop()
        if room < 0:
            return False
        for _ in range(MOST_VISITS_A_NURSE_DAY - 1):
            partners = [other for other in left if other <= room]
            if partners:
                left.remove(partners[-1])
                room -= partners[-1]
    return not left


def _faults_of_patient(problem: HomeProblem, patient: Patient, given: dict[int, tuple[str, int]]) -> list[str]:
    visits: dict[int, Visit] = {visit.number: visit for visit in patient.visits}
    found = []
    if set(given) != set(visits):
        found.append("a patient has slots for some visits only")
    if len({team for team, _ in given.values()}) > 1:
        found.append("a patient is visited by two teams")
    for number, (team, day) in given.items():
        if number in visits and day not in visits[number].days:
            found.append(f"a visit lies on day {day}, outside its window")
        if not patient.skills <= skills_of(team, problem.team_skills):
            found.append(f"team {team} lacks a skill that a patient needs")
    return found


def _faults_of_floors(problem: HomeProblem, plan: HomePlan) -> list[str]:
    if not problem.floor_percent:
        return []
    everyone, places = len(problem.servable), len(plan.patients)
    found = []
    for group, members in problem.group_counts.items():
        has = sum(group in patient.groups for patient in problem.patients if patient.patient_id in plan.patients)
        least = problem.floor_percent * members * places // (100 * everyone)
        if has < least:
            found.append(f"the group {group} has {has} places, its floor is {least}")
    return found
