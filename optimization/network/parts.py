"""The parts of a network problem: frozen values without behaviour. Days count from 1, the run's day; 0 is yesterday."""

from dataclasses import dataclass

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.units import Component


@dataclass(frozen=True, slots=True)
class Site:
    """A laboratory that holds stock and issues units.

    Attributes:
        name: Its identifier.
        closed_days: Days without issue, transfer or planned delivery; the emergency arc stays open.
    """

    name: str
    closed_days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A way to transfer units.

    Attributes:
        origin: Site of departure.
        destination: Site of arrival.
        travel_days: Days from departure to use; 0 arrives on the same day.
        units_a_day: Most units that depart on a day; None is no limit.
        cost: Whole burden of one unit, counted by the rung of transfers.
    """

    origin: str
    destination: str
    travel_days: int
    units_a_day: int | None = None
    cost: int = 1


@dataclass(frozen=True, slots=True)
class Lot:
    """Units that come to a site on one day: stock (day 1), a forecast donation, units returned or released later.

    Attributes:
        component: What the units hold.
        blood_group: Their ABO/RhD group.
        site: Where they are.
        from_day: First day on which they may be used; 1 for stock in the house.
        collected_day: Day of donation, from which age counts.
        last_usable_day: Last day of use; irradiation and thawing bring it forward.
        units: All of them.
        attributes: What they are beyond their group, sorted: ``irradiated``, ``K-`` and so on.
        reserved_units: Held for a patient; taken out of the plan.
        quarantined_units: Not released; taken out of the plan.
    """

    component: Component
    blood_group: BloodGroup
    site: str
    from_day: int
    collected_day: int
    last_usable_day: int
    units: int
    attributes: tuple[str, ...] = ()
    reserved_units: int = 0
    quarantined_units: int = 0

    @property
    def free_units(self) -> int:
        """Units that the plan may use."""
        return self.units - self.reserved_units - self.quarantined_units


@dataclass(frozen=True, slots=True)
class Request:
    """Requests of one kind made on one day.

    Attributes:
        component: What is asked for.
        blood_group: Group of the recipients.
        site: Where it is issued.
        shortage_tier: Who is served first in a shortage, 1 first.
        urgency: Deadline class: due ``urgency`` days after ``day``.
        day: When it was made, or is expected to be.
        units: How many.
        most_age_days: Greatest age of a unit on the day of issue; None is any.
        requires: Attributes that a unit must have, sorted.
    """

    component: Component
    blood_group: BloodGroup
    site: str
    shortage_tier: int
    urgency: int
    day: int
    units: int
    most_age_days: int | None = None
    requires: tuple[str, ...] = ()

    @property
    def due_day(self) -> int:
        """Last day on which it is in time."""
        return self.day + self.urgency


@dataclass(frozen=True, slots=True)
class External:
    """A way to get units from outside the system for one group at one site.

    Attributes:
        component: What it supplies.
        blood_group: Its group; a direct delivery serves recipients of that very group.
        site: Where it is delivered.
        lead_days: Ordered today, usable on day 1 + ``lead_days``.
        units_a_day: Most units a day; None is no limit.
        into_stock: Plain fresh units onto the shelf; otherwise to a request, with all that it requires.
        is_emergency: A call outside the planned orders, counted by a rung of its own; to requests only.
    """

    component: Component
    blood_group: BloodGroup
    site: str
    lead_days: int = 0
    units_a_day: int | None = None
    into_stock: bool = False
    is_emergency: bool = False


@dataclass(frozen=True, slots=True)
class Substitution:
    """A pair of groups that the policy allows; without a pair of equal groups not even those are served.

    Attributes:
        component: For which component.
        donor: Group of the unit.
        recipient: Group of the patient.
        penalty: Whole burden of one unit: 0 for identical groups, more for others.
    """

    component: Component
    donor: BloodGroup
    recipient: BloodGroup
    penalty: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """Units that yesterday's plan moved, or ordered into stock, on a day of this plan.

    Attributes:
        component: What they hold.
        blood_group: Their group.
        day: Day of departure or delivery, counted from this plan's first.
        destination: Where they are to go.
        units: How many.
        origin: Where they come from; None is from outside into stock.
    """

    component: Component
    blood_group: BloodGroup
    day: int
    destination: str
    units: int
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class StockTarget:
    """Stock that should be left, softly: what lacks is counted, never forbidden.

    Attributes:
        component: Of which component.
        blood_group: Of which group.
        site: Where.
        safety_units: After every day.
        terminal_units: After the last day.
    """

    component: Component
    blood_group: BloodGroup
    site: str
    safety_units: int = 0
    terminal_units: int = 0
