"""Assignment: the paper's program for eight groups, then the network at three sizes beside two yardsticks.

The yardsticks of the same run are the same arrays handed straight to HiGHS, and Pyomo's own interface. One process a
size, so that its peak memory is its own. Regions are drawn with a fixed seed: regional centres receive donations,
hospitals hold six days of stock, and every hospital is a day from its centre. ``--sites N`` measures one size only,
``--pyomo`` waits for Pyomo's own interface at any size, and ``--gap`` sets rounded last days beside exact ones.
Times are processor seconds, which other work on the machine disturbs least.
"""

import argparse
import gc
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import highspy
import numpy as np
import pyomo.environ as pyo

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.units import Component
from optimization.ladder import solve as solve_group
from optimization.network.ladder import climb
from optimization.network.parts import External, Link, Lot, Request, Site
from optimization.network.plan import NetworkPlan, read_plan
from optimization.network.problem import NetworkProblem
from optimization.network.program import NetworkProgram, pass_arrays
from optimization.network.statement import Statement, as_pyomo
from optimization.network.substitution import red_cell_preference
from optimization.network.verifier import verify
from optimization.problem import Instance
from optimization.verifier import verify as verify_group

SEED, LIFE, DAYS = 7, 35, 30
SHARE = (0.07, 0.40, 0.06, 0.34, 0.015, 0.085, 0.005, 0.025)
"""Of the groups O-, O+, A-, A+, B-, B+, AB-, AB+: about those of Italy and the United Kingdom."""
LADDER = ("very_urgent_shortage", "other_shortage", "emergency_units", "external_units", "outdates", "substitution")
SIZES = (1, 7, 100)
COARSE_FROM = 200
"""Sites from which last days within the plan are rounded down to those of COARSE_DAYS: safe, and a smaller program."""
COARSE_DAYS = (1, 3, 7, 14, 22, 30)
TRIAL_DAYS = (1, 7, 14, 22)
"""With these, 100 sites make a program of about 650,000 non-zeros, on which four rungs once took 91 s."""
STOCK_UP_TO = 20
"""Sites up to which Pyomo's own interface is waited for, unless it is asked for."""
GAP_AT = (7, 20)
"""Sites at which rounded last days are set beside exact ones."""
RED = Component.RED_CELLS


def run() -> None:
    """Print one block of figures a program; about two minutes of processor time, nearly all at 100 sites."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks assign")
    parser.add_argument("--sites", type=int, help="measure one size only, for example 300")
    parser.add_argument("--rounded", action="store_true", help="round last days down, as from 200 sites on")
    parser.add_argument("--exact", action="store_true", help="keep last days exact at any size")
    parser.add_argument("--pyomo", action="store_true", help="wait for Pyomo's own interface at any size")
    parser.add_argument("--gap", action="store_true", help="only what rounding last days costs")
    asked = parser.parse_args(sys.argv[1:])
    if asked.gap:
        print(gap(), flush=True)
        return
    if asked.sites is None:
        print(paper(), flush=True)
    for sites in [asked.sites] if asked.sites else SIZES:
        days = COARSE_DAYS if asked.rounded or (sites >= COARSE_FROM and not asked.exact) else None
        print(apart(measure, sites, days, is_stock_asked=asked.pyomo), flush=True)
    if asked.sites is None:
        print(apart(measure, 100, TRIAL_DAYS, is_stock_asked=False), flush=True)
        print(gap(), flush=True)


def apart(work: Callable[..., str], *args: object, **options: object) -> str:
    """The answer of a function in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *args, **options).result()


def gap() -> str:
    """Rungs with exact last days, and with last days rounded down, which is safe."""
    lines = ["exact last days beside rounded ones"]
    for sites in GAP_AT:
        for words, days in (("exact", None), ("rounded down", COARSE_DAYS)):
            program = NetworkProgram(Statement(region(sites, coarse=days), LADDER), 3600.0)
            seconds = dict[str, float]()
            with timed(seconds, "solve"):
                values, _ = climb(program, {}, integer=True)
            lines.append(
                f"{sites} sites, {words}: {program.non_zeros:,} non-zeros, {seconds['solve']:.2f} s; {in_words(values)}"
            )
    return "\n  ".join(lines)


def paper() -> str:
    """The paper's program: eight groups of one system, all rungs in whole units, each plan judged."""
    rng, seconds = np.random.default_rng(SEED), dict[str, float]()
    groups = [one_group(rng, share) for share in SHARE]
    with timed(seconds, "solve"):
        plans = [solve_group(group, integer=True) for group in groups]
    with timed(seconds, "verify"):
        faults = sum(len(verify_group(group, plan)) for group, plan in zip(groups, plans, strict=True))
    outside, width = (sum(getattr(plan, name) for plan in plans) for name in ("external_units", "range"))
    return (
        f"the paper's program, {len(groups)} groups x {DAYS} days, all rungs, whole units\n"
        f"  seconds: build, transfer and solve {seconds['solve']:.3f}, verify {seconds['verify']:.3f}\n"
        f"  {outside:g} external units, ranges {width:g} in sum; {faults} violations"
    )


def one_group(rng: np.random.Generator, share: float) -> Instance:
    """A month of one group in a city: a little less donated than asked for."""
    daily = 400 * share
    return Instance(
        name="month",
        horizon_days=DAYS,
        shelf_life_days=30,
        urgency_deadlines_days=(0, 1, 8),
        terminal_rule="no_growth",
        initial_stock={k: int(rng.poisson(daily * 5 / 29)) for k in range(-28, 1)},
        donations=tuple(int(n) for n in rng.poisson(0.95 * daily, DAYS)),
        demand={
            u: tuple(int(n) for n in rng.poisson(daily * part, DAYS)) for u, part in ((0, 0.15), (1, 0.45), (8, 0.4))
        },
        backlog={8: {k: int(rng.poisson(daily * 0.2)) for k in range(-7, 1)}},
    )


def measure(sites: int, coarse: tuple[int, ...] | None, *, is_stock_asked: bool) -> str:
    """Figures of one size, in lines."""
    problem, seconds = region(sites, coarse=coarse), dict[str, float]()
    with timed(seconds, "build"):
        statement = Statement(problem, LADDER)
    with timed(seconds, "transfer"):
        program = NetworkProgram(statement, 3 * 3600.0)
    raw = highspy.Highs()
    raw.setOptionValue("output_flag", False)  # noqa: FBT003 - HiGHS takes it by position
    with timed(seconds, "raw"):
        pass_arrays(raw, statement)
    with timed(seconds, "solve"):
        values, lost = climb(program, {}, integer=True)
    with timed(seconds, "plan"):
        plan = read_plan(statement.net, program.values_now, values, integer=True)
    with timed(seconds, "verify"):
        violations = verify(problem, plan)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = [
        f"{problem.name}: {program.non_zeros:,} non-zeros, {len(problem.requests):,} requests",
        *durations(seconds),
        f"peak memory {peak:,.0f} MB",
        next_day(sites, coarse=coarse),
        f"{in_words(values)}; {len(violations) + len(lost)} violations{rounded_down(plan) * bool(coarse)}",
        stock_interface(statement, seconds)
        if sites <= STOCK_UP_TO or is_stock_asked
        else "Pyomo's own interface is not waited for (--pyomo)",
    ]
    return "\n  ".join(lines)


def durations(seconds: dict[str, float]) -> list[str]:
    """Seconds step by step, and beside raw arrays."""
    names = ("build", "transfer", "solve", "plan", "verify")
    total, steps = sum(seconds[name] for name in names), ", ".join(f"{name} {seconds[name]:.3f}" for name in names)
    ratio = (seconds["build"] + seconds["transfer"]) / seconds["raw"]
    return [
        f"seconds: {steps}; total {total:.3f}, outside the solver {1 - seconds['solve'] / total:.0%}",
        f"build + transfer: {ratio:.1f} times raw arrays ({seconds['raw']:.3f} s)",
    ]


def in_words(values: dict[str, float]) -> str:
    """Rungs above 0."""
    return ", ".join(f"{rung} {value:g}" for rung, value in values.items() if value) or "every rung at 0"


def stock_interface(statement: Statement, seconds: dict[str, float]) -> str:
    """Pyomo's own way to HiGHS, stopped before it solves: what it takes to build the model and to hand it over."""
    with timed(seconds, "stock"):
        model = as_pyomo(statement)
        for name in model.rung_names:
            model.objectives[name].deactivate()
        model.objectives["substitution"].activate()
        pyo.SolverFactory("highs").solve(
            model, load_solutions=False, raise_exception_on_nonoptimal_result=False, timelimit=1e-3
        )
    ratio = seconds["stock"] / (seconds["build"] + seconds["transfer"])
    return f"SolverFactory('highs') takes {ratio:.0f} times as long as build + transfer ({seconds['stock']:.2f} s)"


def next_day(sites: int, *, coarse: tuple[int, ...] | None) -> str:
    """Another day's figures in the program of the first: read from the problem, and handed over as bounds."""
    first, second = (region(sites, seed=seed, coarse=coarse, is_roomy=True) for seed in (SEED, SEED + 1))
    program, seconds = NetworkProgram(Statement(first, LADDER, is_roomy=True), 60.0), dict[str, float]()
    with timed(seconds, "read"):
        figures = program.statement.net.read(second)
    with timed(seconds, "update"):
        program.renew(second, figures)
    return f"next day: figures read from the problem {seconds['read']:.3f} s, bounds changed {seconds['update']:.3f} s"


def rounded_down(plan: NetworkPlan) -> str:
    """What rounding last days down may have cost."""
    return f"; last days rounded down, {sum(row.units for row in plan.outdates):g} outdates are an upper bound"


class timed:  # noqa: N801 - reads as a word in a with statement
    """Processor seconds of a block, under a name."""

    def __init__(self, seconds: dict[str, float], name: str) -> None:
        self._seconds, self._name = seconds, name

    def __enter__(self) -> None:
        """Start, with no garbage of what went before."""
        gc.collect()
        self._start = time.process_time()

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._seconds[self._name] = time.process_time() - self._start


def region(
    sites: int, *, seed: int = SEED, coarse: tuple[int, ...] | None = None, is_roomy: bool = False
) -> NetworkProblem:
    """A drawn region; a tenth of its sites are centres, at least one.

    Args:
        sites: How many.
        seed: Of the draw.
        coarse: Days to which last days within the plan are rounded down; none where they stay exact.
        is_roomy: Whether lots and requests that came out at 0 units stay in it.
    """
    rng, centres = np.random.default_rng(seed), max(1, sites // 10)
    names = [f"site-{i:03d}" for i in range(sites)]
    size = np.random.default_rng(SEED).lognormal(2.0, 0.7, sites)
    lots: list[Lot] = []
    requests: list[Request] = []
    for i, g in ((i, g) for i in range(sites) for g in range(len(SHARE))):
        daily, group = float(size[i] * SHARE[g]), list(BloodGroup)[g]
        for last in range(1, LIFE):
            kept = rounded(last, coarse) if coarse else last
            lots.append(Lot(RED, group, names[i], 1, kept - LIFE + 1, kept, int(rng.poisson(daily * 6 / (LIFE - 1)))))
        requests += [
            Request(RED, group, names[i], tier, urgency, t, int(rng.poisson(daily * share)))
            for urgency, share, tier in ((0, 0.15, 1), (1, 0.45, 1), (8, 0.40, 2))
            for t in range(1, DAYS + 1)
        ]
    for i, g in ((i, g) for i in range(centres) for g in range(len(SHARE))):
        daily = 0.95 * float(size[i::centres].sum()) * SHARE[g]
        donated = ((t, int(rng.poisson(daily))) for t in range(1, DAYS + 1))
        lots += [Lot(RED, list(BloodGroup)[g], names[i], t, t, t + LIFE - 1, units) for t, units in donated]
    return NetworkProblem(
        name=f"{sites} sites x {len(SHARE)} groups x {DAYS} days" + ", last days rounded down" * bool(coarse),
        horizon_days=DAYS,
        terminal_rule="free",
        shelf_life_days={RED: LIFE},
        sites=tuple(map(Site, names)),
        lots=tuple(lot for lot in lots if lot.units or is_roomy),
        requests=tuple(request for request in requests if request.units or is_roomy),
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


def rounded(last: int, days: tuple[int, ...]) -> int:
    """A last day, rounded down where it lies within the plan."""
    return last if last > DAYS else max(day for day in days if day <= last)
