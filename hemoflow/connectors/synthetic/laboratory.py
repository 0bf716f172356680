"""The laboratory of the replay: an agenda of instants, the shelves, and a book of everything that happened."""

import heapq
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from enum import IntEnum
from functools import partial
from math import ceil
from typing import Any

import pandas as pd

from hemoflow.connectors.synthetic import SOURCE, draws
from hemoflow.connectors.synthetic.habit import Request
from hemoflow.connectors.synthetic.magnitudes import Region, at
from hemoflow.connectors.synthetic.shelves import Shelves, Unit
from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.units import Component, UnitEvent, last_usable_day
from hemoflow.schemas.canonical import UNIT_EVENTS, UNITS
from hemoflow.schemas.frames import conform, empty

SITE = "CENTRE"
"""The region's stock is held in one place."""

NOON, ORDER_HOUR, DELIVERY_HOUR = 12, 17, 14
"""Hours of a day's donations, of the order, and of its delivery on the next day (assumption)."""

TRANSFUSED_HOURS, LOST_HOURS, RETURNED_HOURS, QUARANTINE_HOURS = 1, 3, 22, 24
"""Hours from issue to transfusion, loss or return, and from return to release (assumption)."""


class Rank(IntEnum):
    """What comes first when two things fall on one instant."""

    OUTDATE = 0
    RECEIVE = 1
    FOLLOW_UP = 2
    CANCEL = 3
    RESERVE = 4
    SERVE = 5
    ORDER = 6


class Laboratory:
    """Works through an agenda of instants; at equal instants by rank, then by who came first.

    Args:
        region: Calendar, shelf life and shares.
        seed: Seed of the run.
    """

    def __init__(self, region: Region, seed: int) -> None:
        self._region, self._seed = region, seed
        self._shelves = Shelves()
        self._agenda: list[tuple[datetime, Rank, str, Callable[[datetime], None]]] = []
        self._reserved: dict[str, list[Unit]] = defaultdict(list)
        self._units: list[Unit] = []
        self._events: list[dict[str, Any]] = []
        for day in region.days:
            self._plan(at(day, 0, 5), Rank.OUTDATE, "outdate", self._outdate)
            self._plan(at(day, ORDER_HOUR), Rank.ORDER, "order", self._order)

    def open_with(self, opening: pd.DataFrame) -> None:
        """Put the opening stock on the shelves at midnight of the first day."""
        for row in opening.to_dict("records"):
            group, collected_on = BloodGroup(row["blood_group"]), row["collected_on"].date()
            self._shelves.put(self._receive(group, collected_on, "opening", at(self._region.first_on)))

    def expect(self, day: date, donated: pd.Series) -> None:
        """Receive a day's donations, units by blood group, at noon."""
        if day >= self._region.first_on:
            self._plan(at(day, NOON), Rank.RECEIVE, "donations", partial(self._collect, day, donated))

    def hear(self, request: Request) -> None:
        """Write down when a request is to be prepared, served or forgotten."""
        name = f"{request.asked_at.isoformat()} {request.request_id}"
        if request.cancelled_at and request.cancelled_at < request.serve_at:
            self._plan(request.cancelled_at, Rank.CANCEL, name, lambda now: self._cancel(request, now))
        else:
            self._plan(request.serve_at, Rank.SERVE, name, lambda now: self._serve(request, now))
        if request.reserve_at and not (request.cancelled_at and request.cancelled_at <= request.reserve_at):
            self._plan(request.reserve_at, Rank.RESERVE, name, lambda now: self._reserve(request, now))

    def work(self) -> None:
        """Work until the history ends."""
        while self._agenda and self._agenda[0][0] < self._region.ends_at:
            instant, _, _, act = heapq.heappop(self._agenda)
            act(instant)

    def units(self) -> pd.DataFrame:
        """Frame of ``units``."""
        rows = [
            {
                "unit_id": unit.unit_id,
                "component": str(Component.RED_CELLS),
                "blood_group": str(unit.group),
                "collected_on": unit.collected_on,
                "outdate_on": unit.outdate_on,
                "site_id": SITE,
                "is_irradiated": unit.is_irradiated,
                "origin": unit.origin,
                "available_at": unit.received_at,
                "source": SOURCE,
                "is_synthetic": True,
            }
            for unit in self._units
        ]
        return conform(pd.DataFrame(rows), UNITS) if rows else empty(UNITS)

    def events(self) -> pd.DataFrame:
        """Frame of ``unit_events``."""
        if not self._events:
            return empty(UNIT_EVENTS)
        events = pd.DataFrame(self._events).assign(source=SOURCE, is_synthetic=True)
        return conform(events[events["occurred_at"] < self._region.ends_at], UNIT_EVENTS)

    def _plan(self, instant: datetime, rank: Rank, name: str, act: Callable[[datetime], None]) -> None:
        heapq.heappush(self._agenda, (instant, rank, name, act))

    def _record(self, unit: Unit, event: UnitEvent, now: datetime, request: Request | None = None) -> None:
        unit.state = event
        self._events.append(
            {
                "event_id": f"ev_{len(self._events) + 1:08d}",
                "unit_id": unit.unit_id,
                "event": str(event),
                "occurred_at": now,
                "available_at": now,
                "request_id": request and request.request_id,
                "patient_id": request and request.patient_id,
            }
        )

    def _receive(
        self, group: BloodGroup, collected_on: date, origin: str, now: datetime, *, irradiated: bool | None = None
    ) -> Unit:
        unit_id = f"HF001{collected_on:%y}{len(self._units) + 1:06d}"
        if irradiated is None:
            irradiated = self._draw(unit_id, "irradiated") < self._region.irradiated_share and origin == "donation"
        life = self._region.irradiated_life_days if irradiated else self._region.shelf_life_days
        unit = Unit(unit_id, group, collected_on, last_usable_day(collected_on, life), irradiated, origin, now)
        self._units.append(unit)
        self._record(unit, UnitEvent.RECEIVED, now)
        return unit

    def _collect(self, day: date, donated: pd.Series, now: datetime) -> None:
        for group in BloodGroup:
            for _ in range(int(donated.get(str(group), 0))):
                self._shelves.put(self._receive(group, day, "donation", now))

    def _outdate(self, now: datetime) -> None:
        for unit in self._shelves.outdating(now.date() - timedelta(days=1)):
            self._record(unit, UnitEvent.OUTDATED, now)

    def _order(self, now: datetime) -> None:
        """Order groups that are low; the order arrives the next day."""
        for group, share in self._region.group_mix:
            days = self._shelves.count(group) / (self._region.asked_units * share)
            if days < self._region.order_below_days:
                missing = ceil((self._region.order_up_to_days - days) * self._region.asked_units * share)
                arrives_at = at(now.date() + timedelta(days=1), DELIVERY_HOUR)
                self._plan(arrives_at, Rank.RECEIVE, str(group), partial(self._deliver, group, missing))

    def _deliver(self, group: BloodGroup, number: int, now: datetime) -> None:
        for _ in range(number):
            self._shelves.put(self._receive(group, now.date(), "external", now))

    def _reserve(self, request: Request, now: datetime) -> None:
        group, use_on = request.groups[0], request.serve_at.date()
        for _ in range(request.units):
            unit = self._shelves.take(group, irradiated=request.needs_irradiated, usable_on=use_on)
            if unit:
                self._reserved[request.request_id].append(unit)
                self._record(unit, UnitEvent.RESERVED, now, request)

    def _cancel(self, request: Request, now: datetime) -> None:
        for unit in self._reserved.pop(request.request_id, []):
            self._release(unit, now)

    def _serve(self, request: Request, now: datetime) -> None:
        units = self._reserved.pop(request.request_id, [])
        units += [self._find(request, now) for _ in range(request.units - len(units))]
        for unit in units:
            unit.issues += 1
            self._record(unit, UnitEvent.ISSUED, now + timedelta(minutes=1), request)
            self._decide_fate(unit, request, now)

    def _find(self, request: Request, now: datetime) -> Unit:
        """The best unit of ours, else a fresh one from outside."""
        usable_on = (now + timedelta(hours=TRANSFUSED_HOURS + 1)).date()
        for group in request.groups:
            unit = self._shelves.take(group, irradiated=request.needs_irradiated, usable_on=usable_on)
            if unit:
                return unit
        return self._receive(request.groups[0], now.date(), "external", now, irradiated=request.needs_irradiated)

    def _decide_fate(self, unit: Unit, request: Request, now: datetime) -> None:
        """A unit whose request is withdrawn before the transfusion comes back; a few others are lost."""
        if request.cancelled_at and request.cancelled_at < now + timedelta(hours=TRANSFUSED_HOURS):
            self._later(RETURNED_HOURS, now, unit, partial(self._return, unit, request))
        elif self._draw(f"{unit.unit_id}/{unit.issues}", "loss") < self._region.discarded_share:
            self._later(LOST_HOURS, now, unit, lambda when: self._record(unit, UnitEvent.DISCARDED, when, request))
        else:
            self._later(
                TRANSFUSED_HOURS, now, unit, lambda when: self._record(unit, UnitEvent.TRANSFUSED, when, request)
            )

    def _return(self, unit: Unit, request: Request, now: datetime) -> None:
        if now.date() > unit.outdate_on:
            self._record(unit, UnitEvent.DISCARDED, now, request)
        else:
            self._record(unit, UnitEvent.RETURNED, now, request)
            self._later(QUARANTINE_HOURS, now, unit, partial(self._release, unit))

    def _later(self, hours: int, now: datetime, unit: Unit, act: Callable[[datetime], None]) -> None:
        self._plan(now + timedelta(hours=hours), Rank.FOLLOW_UP, unit.unit_id, act)

    def _release(self, unit: Unit, now: datetime) -> None:
        if unit.state is not UnitEvent.OUTDATED:
            self._record(unit, UnitEvent.RELEASED, now)
            self._shelves.put(unit)

    def _draw(self, name: str, purpose: str) -> float:
        return draws.one(name, purpose, self._seed)
