"""The network program at three sizes, beside the same matrix handed straight to HiGHS and Pyomo's stock interface.

One process a size, so that its peak memory is its own. Regions are drawn with a fixed seed: regional centres receive
donations, hospitals hold six days of stock, and every hospital is a day from its centre.
"""

import gc
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import highspy
import numpy as np
import pyomo.environ as pyo

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.units import Component
from optimization.network.ladder import climb, state_network
from optimization.network.parts import External, Link, Lot, Request, Site
from optimization.network.plan import read_plan
from optimization.network.problem import NetworkProblem
from optimization.network.program import NetworkProgram
from optimization.network.substitution import red_cell_preference
from optimization.network.verifier import verify

SEED, LIFE, DAYS = 7, 35, 30
SHARE = (0.07, 0.40, 0.06, 0.34, 0.015, 0.085, 0.005, 0.025)
"""Of the groups O-, O+, A-, A+, B-, B+, AB-, AB+: about those of Italy and the United Kingdom."""
LADDER = ("very_urgent_shortage", "other_shortage", "emergency_units", "external_units", "outdates", "substitution")
COARSE_FROM = 50
"""Sites from which last days within the plan are rounded down to those of COARSE_DAYS: safe, and a smaller program."""
COARSE_DAYS = (1, 3, 7, 14, 22, 30)
RED = Component.RED_CELLS


def run() -> None:
    """Print one block of figures a size."""
    for sites in (1, 7, 100):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            print(pool.submit(measure, sites).result(), flush=True)


def measure(sites: int) -> str:
    """Figures of one size, in lines."""
    problem = region(sites)
    seconds: dict[str, float] = {}
    with timed(seconds, "build"):
        model = state_network(problem, LADDER)
    with timed(seconds, "transfer"):
        program = NetworkProgram(model, 1800.0)
    arrays = program._highs.getLp()  # noqa: SLF001 - the very matrix, for the limit
    raw = highspy.Highs()
    raw.setOptionValue("output_flag", False)  # noqa: FBT003 - HiGHS takes it by position
    with timed(seconds, "raw"):
        raw.passModel(arrays)
    with timed(seconds, "solve"):
        values, lost = climb(program, model, {}, integer=True)
    program.read_back()
    with timed(seconds, "plan"):
        plan = read_plan(model, values, integer=True)
    with timed(seconds, "verify"):
        violations = verify(problem, plan)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with timed(seconds, "stock"):
        stock_interface(model)
    ours = seconds["build"] + seconds["transfer"]
    theirs = seconds["build"] + seconds["stock"]
    total = ours + seconds["solve"] + seconds["plan"] + seconds["verify"]
    rungs = ", ".join(f"{rung} {value:g}" for rung, value in values.items() if value)
    steps = ", ".join(f"{name} {seconds[name]:.3f}" for name in ("build", "transfer", "solve", "plan", "verify"))
    return "\n  ".join(
        (
            f"{problem.name}: {program.non_zeros:,} non-zeros, {len(problem.requests):,} requests",
            f"seconds: {steps}; total {total:.3f}, outside the solver {1 - seconds['solve'] / total:.0%}",
            f"peak memory {peak:,.0f} MB",
            f"build + transfer: {ours / seconds['raw']:.0f} times raw arrays ({seconds['raw']:.3f} s)",
            f"build + transfer: {ours / theirs:.2f} times SolverFactory('highs') ({theirs:.2f} s)",
            f"{rungs or 'every rung at 0'}; {len(violations) + len(lost)} violations",
        )
    )


class timed:  # noqa: N801 - reads as a word in a with statement
    """Wall seconds of a block, under a name."""

    def __init__(self, seconds: dict[str, float], name: str) -> None:
        self._seconds, self._name = seconds, name

    def __enter__(self) -> None:
        """Start, with no garbage of what went before."""
        gc.collect()
        self._start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._seconds[self._name] = time.perf_counter() - self._start


def stock_interface(model: pyo.ConcreteModel) -> None:
    """Pyomo's own way to HiGHS, stopped before it solves: what it takes to hand the model over."""
    for name in model.rung_names:
        model.objectives[name].deactivate()
    model.objectives["substitution"].activate()
    pyo.SolverFactory("highs").solve(
        model, load_solutions=False, raise_exception_on_nonoptimal_result=False, timelimit=1e-3
    )


def region(sites: int) -> NetworkProblem:
    """A drawn region; a tenth of its sites are centres, at least one."""
    rng, centres = np.random.default_rng(SEED), max(1, sites // 10)
    names = [f"site-{i:03d}" for i in range(sites)]
    size = rng.lognormal(2.0, 0.7, sites)
    lots: list[Lot] = []
    requests: list[Request] = []
    for i, g in ((i, g) for i in range(sites) for g in range(len(SHARE))):
        daily, group = float(size[i] * SHARE[g]), list(BloodGroup)[g]
        lots += [
            Lot(RED, group, names[i], 1, rounded(last, sites) - LIFE + 1, rounded(last, sites), units)
            for last in range(1, LIFE)
            if (units := int(rng.poisson(daily * 6 / (LIFE - 1))))
        ]
        requests += [
            Request(RED, group, names[i], tier, urgency, t, units)
            for urgency, share, tier in ((0, 0.15, 1), (1, 0.45, 1), (8, 0.40, 2))
            for t in range(1, DAYS + 1)
            if (units := int(rng.poisson(daily * share)))
        ]
    for i, g in ((i, g) for i in range(centres) for g in range(len(SHARE))):
        daily = 0.95 * float(size[i::centres].sum()) * SHARE[g]
        donated = ((t, int(rng.poisson(daily))) for t in range(1, DAYS + 1))
        lots += [Lot(RED, list(BloodGroup)[g], names[i], t, t, t + LIFE - 1, units) for t, units in donated if units]
    return NetworkProblem(
        name=f"{sites} sites x {len(SHARE)} groups x {DAYS} days" + ", last days rounded down" * (sites >= COARSE_FROM),
        horizon_days=DAYS,
        terminal_rule="free",
        shelf_life_days={RED: LIFE},
        sites=tuple(map(Site, names)),
        lots=tuple(lots),
        requests=tuple(requests),
        substitutions=red_cell_preference(),
        links=tuple(links(names, centres)),
        externals=tuple(
            [External(RED, group, name, is_emergency=True) for name in names for group in BloodGroup]
            + [External(RED, group, name, 2, into_stock=True) for name in names[:centres] for group in BloodGroup]
        ),
    )


def links(names: list[str], centres: int) -> list[Link]:
    """Each hospital with its centre, both ways, and the centres in a ring."""
    spokes = [(names[i % centres], names[i]) for i in range(centres, len(names))]
    ring = [(names[c], names[(c + 1) % centres]) for c in range(centres if centres > 1 else 0)]
    pairs = sorted({*spokes, *ring, *((b, a) for a, b in spokes), *((b, a) for a, b in ring)})
    return [Link(a, b, 1) for a, b in pairs]


def rounded(last: int, sites: int) -> int:
    """A last day, rounded down where the program would be too large."""
    if sites < COARSE_FROM or last > DAYS:
        return last
    return max(day for day in COARSE_DAYS if day <= last)
