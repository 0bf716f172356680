"""Slots of home teams and chairs: the programs equal brute force on small cases, and no rule is ever broken."""

from itertools import combinations, permutations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.home.chairs import ChairProblem, solve_chairs
from optimization.home.heuristics import choose, orders
from optimization.home.judge import faults, fits
from optimization.home.problem import ChairDay, HomeProblem, Patient, TeamDay, Visit, weight
from optimization.home.solving import solve_home

LIMIT_S = 60.0


@st.composite
def visits_of(draw, name, most=2):
    number = draw(st.integers(1, most))
    made = []
    for n in range(1, number + 1):
        first = draw(st.integers(1, 3))
        days = tuple(range(first, first + draw(st.integers(1, 2))))
        minutes = draw(st.sampled_from([150, 200, 239, 240, 241, 260, 330, 480]))
        usual = draw(st.sampled_from([None, 0, 3]))
        made.append(Visit(name, n, days, draw(st.sampled_from(days)), "CLINIC", minutes, 200, usual_weekday=usual))
    return tuple(made)


@st.composite
def home_problems(draw):
    patients = []
    for number in range(draw(st.integers(1, 5))):
        groups = (f"zone:{draw(st.sampled_from(['near', 'far']))}",)
        skills = frozenset(draw(st.sampled_from([(), (), ("bedbound",)])))
        visits = draw(visits_of(f"p{number}"))
        patients.append(Patient(f"p{number}", draw(st.integers(1, 9)), visits, groups, skills))
    team_days = [
        TeamDay(team, day, draw(st.integers(0, 2)), draw(st.sampled_from([480, 360])))
        for team in ("H1", "H2")
        for day in (1, 2, 3, 4)
    ]
    return HomeProblem(
        tuple(patients), tuple(team_days), {"H1": frozenset({"bedbound"})}, draw(st.sampled_from([0, 80, 100])), 3
    )


def packs(minutes, nurses, length):
    """Whether visits can be put on nurses, at most two each, by trying every order."""
    if len(minutes) > 2 * nurses:
        return False
    padded = [*minutes, *[0] * (2 * nurses - len(minutes))]
    return any(all(sum(order[i : i + 2]) <= length for i in range(0, 2 * nurses, 2)) for order in permutations(padded))


def plans(problem, chosen):
    """Every way to give the chosen patients their slots."""
    options = []
    for patient in chosen:
        ways = []
        for team in ("H1", "H2"):
            if patient.skills <= problem.team_skills.get(team, frozenset()):
                ways += [[(team, day) for day in days] for days in product(*(v.days for v in patient.visits))]
        options.append(ways)
    for way in product(*options):
        loads = {}
        for patient, slots in zip(chosen, way, strict=True):
            for visit, slot in zip(patient.visits, slots, strict=True):
                loads.setdefault(slot, []).append(visit.home_minutes)
        slot_of = {(slot.team, slot.day): slot for slot in problem.team_days}
        if all(packs(minutes, slot_of[key].nurses, slot_of[key].nurse_minutes) for key, minutes in loads.items()):
            yield way


def keeps_floors(problem, chosen):
    everyone = [patient for patient in problem.patients if next(plans(problem, [patient]), None) is not None]
    names = {group for patient in everyone for group in patient.groups}
    for group in names:
        members = sum(group in patient.groups for patient in everyone)
        least = problem.floor_percent * members * len(chosen) // (100 * len(everyone))
        if sum(group in patient.groups for patient in chosen) < least:
            return False
    return True


def cost(problem, chosen, way):
    return sum(
        visit.day_cost(day, problem.first_weekday)
        for patient, slots in zip(chosen, way, strict=True)
        for visit, (_, day) in zip(patient.visits, slots, strict=True)
    )


def brute_force(problem):
    """The greatest gain over all sets of patients that have a plan and keep the floors."""
    best = 0
    for size in range(1, len(problem.patients) + 1):
        for chosen in combinations(problem.patients, size):
            gain = sum(patient.total_gain for patient in chosen)
            if gain > best and keeps_floors(problem, chosen) and next(plans(problem, chosen), None) is not None:
                best = gain
    return best


@settings(max_examples=40, deadline=None)
@given(home_problems())
def test_the_program_equals_brute_force_and_its_judge_finds_nothing(problem):
    plan = solve_home(problem, LIMIT_S)
    assert faults(problem, plan) == []
    assert plan.gain == brute_force(problem)
    chosen = [patient for patient in problem.patients if patient.patient_id in plan.patients]
    if chosen:
        assert plan.day_cost == min(cost(problem, chosen, way) for way in plans(problem, chosen))


@settings(max_examples=30, deadline=None)
@given(home_problems())
def test_no_simple_way_beats_the_program_without_floors_and_none_breaks_a_rule(problem):
    free = HomeProblem(problem.patients, problem.team_days, problem.team_skills, 0, problem.first_weekday)
    best = solve_home(free, LIMIT_S).gain
    for order in orders({patient.patient_id: 10.0 for patient in free.patients}).values():
        plan = choose(free, order)
        assert faults(free, plan) == []
        assert plan.gain <= best


MINUTES = st.lists(st.sampled_from([100, 199, 200, 239, 240, 241, 280, 281, 380, 480]), min_size=0, max_size=6)


@settings(max_examples=150, deadline=None)
@given(MINUTES, st.integers(1, 3))
def test_rows_of_weights_and_the_judge_both_say_what_trying_every_order_says(minutes, nurses):
    thresholds = {0, *(m for m in minutes if 2 * m <= 480)}
    by_rows = all(sum(weight(m, 480, least) for m in minutes) <= 2 * nurses for least in thresholds)
    assert by_rows == packs(minutes, nurses, 480) == fits(minutes, TeamDay("H", 1, nurses, 480))


@st.composite
def chair_problems(draw):
    visits = []
    for number in range(draw(st.integers(1, 5))):
        first = draw(st.integers(1, 3))
        days = tuple(range(first, first + draw(st.integers(1, 3))))
        units = draw(st.integers(1, 3))
        visits.append(Visit(f"p{number}", 1, days, draw(st.sampled_from(days)), "C", 0, 30 + 109 * units, 1, units, 2))
    days = tuple(ChairDay("C", day, draw(st.sampled_from([0, 248, 480]))) for day in range(1, 6))
    base = {day: draw(st.integers(0, 4)) for day in range(1, 6)}
    return ChairProblem(tuple(visits), days, base, 3)


def judged(problem, way):
    """Overflow, peak and day cost of an assignment; None when a day holds more than its minutes."""
    for slot in problem.chair_days:
        taken = sum(v.chair_minutes for v, day in zip(problem.visits, way, strict=True) if day == slot.day)
        if taken > slot.minutes:
            return None
    usable = {day for v in problem.visits for day in v.days if problem.minutes("C", day) >= v.chair_minutes}
    units = {day: problem.base_units[day] for day in usable}
    for visit, day in zip(problem.visits, way, strict=True):
        if day is not None:
            units[day] += visit.clinic_units
    moved = sum(v.day_cost(d, 3) for v, d in zip(problem.visits, way, strict=True) if d is not None)
    return sum(day is None for day in way), max(units.values(), default=0), moved


@settings(max_examples=40, deadline=None)
@given(chair_problems())
def test_chairs_equal_brute_force_on_every_rung(problem):
    found = solve_chairs(problem, LIMIT_S)
    way = [found.get((visit.patient_id, 1)) for visit in problem.visits]
    assert all(day is None or day in visit.days for visit, day in zip(problem.visits, way, strict=True))
    every = product(*[(None, *visit.days) for visit in problem.visits])
    assert judged(problem, way) == min(scores for each in every if (scores := judged(problem, each)) is not None)
