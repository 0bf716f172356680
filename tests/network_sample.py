"""Networks for the tests: of one group as in the paper, explicit ones, and drawn ones of every kind."""

from hypothesis import strategies as st

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.units import Component
from optimization.network.parts import External, Link, Lot, Request, Site, StockTarget
from optimization.network.problem import NetworkProblem
from optimization.network.substitution import identical, red_cell_preference

RED = Component.RED_CELLS
GROUPS = tuple(BloodGroup)
A_POS, O_NEG, O_POS = BloodGroup("A+"), BloodGroup("O-"), BloodGroup("O+")
EMERGENCY = tuple(External(RED, group, "s", is_emergency=True) for group in GROUPS)


def lot(group, units, *, site="s", day=1, last=35, collected=None, **more):
    """A lot of red cells; collected on its first day unless told."""
    return Lot(RED, BloodGroup(group), site, day, day if collected is None else collected, last, units, **more)


def request(group, units, *, site="s", day=1, urgency=0, tier=1, **more):
    return Request(RED, BloodGroup(group), site, tier, urgency, day, units, **more)


def network(*, T=1, lots=(), requests=(), sites=("s",), pairs=None, rule="free", shelf_life_days=None, **more):
    """A network of red cells in which every allowed pair may be used."""
    return NetworkProblem(
        name="sample",
        horizon_days=T,
        terminal_rule=rule,
        shelf_life_days=shelf_life_days or {RED: 35},
        sites=tuple(Site(site) if isinstance(site, str) else site for site in sites),
        lots=tuple(lots),
        requests=tuple(requests),
        substitutions=red_cell_preference() if pairs is None else pairs,
        **more,
    )


def as_network(instance):
    """The paper's problem of one group as a network of one site, unlimited units from outside and no substitution."""
    life, T = instance.shelf_life_days, instance.horizon_days
    stock = [*instance.initial_stock.items(), *enumerate(instance.donations, start=1)]
    return NetworkProblem(
        name=instance.name,
        horizon_days=T,
        terminal_rule=instance.terminal_rule,
        shelf_life_days={RED: life},
        sites=(Site("s"),),
        lots=tuple(Lot(RED, A_POS, "s", max(k, 1), k, k + life - 1, units) for k, units in stock if units),
        requests=tuple(
            Request(RED, A_POS, "s", 1, u, k, units)
            for u in instance.urgency_deadlines_days
            for k in range(1 - u, T + 1)
            if (units := instance.requested(u, k, k))
        ),
        substitutions=identical(RED),
        externals=(External(RED, A_POS, "s"),),
    )


@st.composite
def networks(draw, *, most_days=4, most_sites=3, most_units=3, most_entries=6):
    """Small networks with everything in them: sites, links, freshness, attributes, limits, targets, closed days."""
    T = draw(st.integers(1, most_days))
    names = [f"s{n}" for n in range(draw(st.integers(1, most_sites)))]
    site, group = st.sampled_from(names), st.sampled_from(("O-", "O+", "A+", "B-")).map(BloodGroup)
    day, units, attributes = st.integers(1, T), st.integers(0, most_units), st.sampled_from([(), (), ("irradiated",)])
    life = draw(st.integers(2, 6))

    def a_lot():
        first, age = draw(day), draw(st.integers(0, life - 1))
        last = draw(st.integers(first, max(first, first - age + life - 1)))
        held = draw(st.integers(0, 1))
        free = draw(units)
        return Lot(
            RED, draw(group), draw(site), first, first - age, max(last, first), free + held, draw(attributes), held
        )

    def a_request():
        urgency = draw(st.sampled_from([0, 0, 1, 3]))
        made = draw(st.integers(1 - urgency, T))
        age = draw(st.sampled_from([None, None, 1, 2]))
        tier = draw(st.integers(1, 2))
        return Request(RED, draw(group), draw(site), tier, urgency, made, draw(units), age, draw(attributes))

    def an_external(into_stock, is_emergency):
        lead = 0 if is_emergency else draw(st.integers(0, 2))
        limit = draw(st.sampled_from([None, 0, 1, 2]))
        return External(RED, draw(group), draw(site), lead, limit, into_stock, is_emergency)

    ways = [(a, b) for a in names for b in names if a != b and draw(st.booleans())]
    kinds = [kind for kind in ((False, False), (True, False), (False, True)) if draw(st.booleans())]
    few = st.integers(0, most_entries)
    return NetworkProblem(
        name="drawn",
        horizon_days=T,
        terminal_rule=draw(st.sampled_from(("free", "clear", "no_growth"))),
        shelf_life_days={RED: life},
        sites=tuple(Site(name, tuple(sorted(draw(st.sets(day, max_size=1))))) for name in names),
        lots=tuple(a_lot() for _ in range(draw(few))),
        requests=tuple(a_request() for _ in range(draw(few))),
        substitutions=red_cell_preference(),
        links=tuple(
            Link(a, b, draw(st.integers(0, 2)), draw(st.sampled_from([None, None, 1])), draw(st.integers(0, 2)))
            for a, b in ways
        ),
        externals=tuple(an_external(*kind) for kind in kinds),
        targets=tuple(
            StockTarget(RED, draw(group), name, draw(st.integers(0, 2)), draw(st.integers(0, 2)))
            for name in names
            if draw(st.booleans())
        ),
    )
