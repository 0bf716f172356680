"""A region of any size, drawn district by district, so that memory holds one district however large the region is.

A district has its own hospitals, clinics, team and stock, and a seed of its own. Everything comes from the makers of
the demonstration region; only what that takes from real data, the inpatients and the donations, is drawn here too.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.synthetic.background import make_background
from hemoflow.connectors.synthetic.capacity import make_capacity
from hemoflow.connectors.synthetic.chronic import make_chronic
from hemoflow.connectors.synthetic.donors import WEEKDAYS, make_donations
from hemoflow.connectors.synthetic.ledger import make_opening, replay
from hemoflow.connectors.synthetic.magnitudes import DEMO, Region
from hemoflow.connectors.synthetic.stays import make_stays
from hemoflow.domain.errors import UsageError
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.frames import conform

DISTRICT_PEOPLE = 500_000
"""Largest district: small enough for any laptop's memory, large enough for six hospitals."""
SEED_STRIDE = 1_000_003
"""Keeps the seeds of districts apart for seeds below it."""
LIMITS = {"population": (1_000, 2_000_000_000), "days": (1, 7_300), "seed": (0, 1_000_000)}
"""Least and greatest value of each figure."""
LAST_DAYS = (date(1950, 1, 1), date(2199, 12, 31))
"""Within which the history may end."""


@dataclass(frozen=True, slots=True)
class Population:
    """What is to be drawn.

    Attributes:
        people: Size of the region.
        days: Length of the history.
        last_on: Its last day.
        seed: Seed of every draw, 0 to a million.
        donations: Weekday pattern of donations, a key of ``donors.WEEKDAYS``.

    Raises:
        UsageError: A figure is out of range; the message names all of them.
    """

    people: int
    days: int
    last_on: date = DEMO.last_on
    seed: int = 1
    donations: str = "weekend_drives"

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        figures = {"population": self.people, "days": self.days, "seed": self.seed}
        wrong = [
            f"--{name} {figures[name]} is not between {least:,} and {most:,}"
            for name, (least, most) in LIMITS.items()
            if not least <= figures[name] <= most
        ]
        if self.donations not in WEEKDAYS:
            wrong.append(f"--donations {self.donations} is not one of {', '.join(WEEKDAYS)}")
        if not LAST_DAYS[0] <= self.last_on <= LAST_DAYS[1]:
            wrong.append(f"--last-day {self.last_on} is not between {LAST_DAYS[0]} and {LAST_DAYS[1]}")
        if wrong:
            raise UsageError(f"The region cannot be drawn: {'; '.join(wrong)}.", remedy="Change these options.")

    @property
    def districts(self) -> tuple[int, ...]:
        """People of each district, as even as can be."""
        number = -(-self.people // DISTRICT_PEOPLE)
        return tuple(self.people // number + (n < self.people % number) for n in range(number))

    def region(self, number: int) -> Region:
        """Calendar and magnitudes of one district."""
        first_on = self.last_on - timedelta(days=self.days - 1)
        return replace(
            DEMO, population=self.districts[number], first_on=first_on, window_from=first_on, last_on=self.last_on
        )


def draw_district(population: Population, number: int) -> dict[str, pd.DataFrame]:
    """Every canonical table of one district, conformed; tables that it does not fill are left out."""
    region, seed = population.region(number), population.seed * SEED_STRIDE + number
    pseudonymiser = Pseudonymiser(hashlib.sha256(f"made-up people {population.seed}".encode()).digest())
    chronic, background = (make(pseudonymiser, region, seed) for make in (make_chronic, make_background))
    stays = make_stays(background["patients"], background["requests"], region, seed)
    requests = pd.concat([chronic["requests"], background["requests"]], ignore_index=True)
    donations = make_donations(region, seed, population.donations)
    units, events = replay(
        requests, pd.concat([chronic["patients"], background["patients"]], ignore_index=True), donations,
        make_opening(region), region=region, seed=seed,
    )  # fmt: skip
    people = {table: pd.concat([chronic[table], stays[table]], ignore_index=True) for table in stays}
    frames = {
        **people, "requests": requests, "drugs": chronic["drugs"], "donations": donations, "units": units,
        "unit_events": events, "capacity": make_capacity(region),
    }  # fmt: skip
    return {table: _of_district(frames[table], table, number) for table in sorted(frames)}


def draw_districts(population: Population) -> Iterator[dict[str, pd.DataFrame]]:
    """The districts one after the other."""
    for number in range(len(population.districts)):
        yield draw_district(population, number)


def _of_district(frame: pd.DataFrame, table: str, number: int) -> pd.DataFrame:
    """Identifiers under the name of the district, so that no two districts share one."""
    own = {
        name: (f"D{number + 1:03d}-" + frame[name].astype("string")) for name in frame.columns if name.endswith("_id")
    }
    return conform(frame[list(CANONICAL[table].columns)].assign(**own), CANONICAL[table])
