"""From the plan to actual units: which unit each request is offered today, why, and what else would do.

Units go oldest first to requests by deadline, shortage tier and time of asking. A request gets its own group; by the
emergency rule, O; and when it is very urgent or due today, also a compatible group that can spare a unit. What a record
does not say is treated as unmet: such a line names no unit and asks a person.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.requests import Urgency
from optimization.intake import VERY_URGENT, Day, Request, Unit
from optimization.plan import Plan


@dataclass(frozen=True, slots=True)
class Claim:
    """Units that the plan supplies to a request today; those of nobody yet are kept for requests still expected.

    Attributes:
        request: Whose they are.
        groups: Group of each unit of ours, in the order in which they are picked.
        external_units: Units from outside.
    """

    request: Request
    groups: tuple[BloodGroup, ...]
    external_units: int


@dataclass(slots=True)
class Bench:
    """The laboratory's bench: free units, oldest first, how many the plan of each group still needs, lines written."""

    day: Day
    free: dict[BloodGroup, list[Unit]]
    needed: dict[BloodGroup, int]
    lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def spare(self, group: BloodGroup) -> int:
        """Units of a group that nobody in its own plan needs today."""
        return len(self.free[group]) - self.needed[group]


def pick(day: Day, claims: Sequence[Claim], needed: Mapping[BloodGroup, int]) -> list[dict[str, Any]]:
    """Rows of the allocation list: one for each unit proposed, to be got from outside, or to be looked at.

    Args:
        day: The day's frames and policy.
        claims: What the plan supplies to each open request today.
        needed: Units of each group that the plan issues from stock today, expected requests included.
    """
    bench = Bench(day=day, free={group: day.free(group) for group in BloodGroup}, needed=dict(needed))
    for request in day.requests:
        for unit in day.held.get(request.request_id, []):
            _offer_reserved(bench, request, unit)
    ranked = sorted(claims, key=lambda claim: claim.request.rank)
    short = {claim.request.request_id: _offer_planned(bench, claim) for claim in ranked}
    for claim in ranked:
        for number in range(1, short[claim.request.request_id] + 1):
            _offer_else(bench, claim, is_planned_outside=number <= claim.external_units)
    return [line for request in day.requests for line in _numbered(bench, request)]


def claims_of_groups(day: Day, plans: Mapping[BloodGroup, Plan]) -> list[Claim]:
    """Claims from one plan for each group."""
    return [claim for group in BloodGroup for claim in _claims(day, group, plans[group])]


def _claims(day: Day, group: BloodGroup, plan: Plan) -> list[Claim]:
    """Today's supply of a group shared among its requests; the earliest deadline gets the units of ours."""
    wanted: list[tuple[Any, Request | None, int]] = []
    for u, supplied in plan.supplied_by_class.items():
        left = int(supplied[0])
        for request in day.requests:
            if request.supply_blood_group == group and request.urgency == u:
                units = min(left, day.lacking(request))
                left -= units
                wanted.append((request.rank, request, units))
        wanted.append(((day.on(1 + u), len(Urgency) + 1), None, left))  # still expected: after all of the same deadline
    internal, claims = int(plan.internal_by_day[0]), []
    for _, asker, units in sorted(wanted, key=lambda entry: entry[0]):
        ours = min(internal, units)
        internal -= ours
        if asker is not None and units:
            claims.append(Claim(asker, (group,) * ours, units - ours))
    return claims


def _offer_reserved(bench: Bench, request: Request, unit: Unit) -> None:
    doubt = _doubt(request) or _unfit(request, unit)
    if doubt:
        _add(bench, request, None, "none", f"unit {unit.unit_id} is reserved for this request, but {doubt}")
    else:
        _add(bench, request, unit, "reserved", "reserved for this request")


def _offer_planned(bench: Bench, claim: Claim) -> int:
    """Units of the groups that the plan gives; returns how many units the request still lacks.

    Another group than its own is left for a request that can wait: tomorrow's plan may have better.
    """
    request = claim.request
    units = len(claim.groups) + claim.external_units
    doubt = _doubt(request)
    if doubt:
        for _ in range(units):
            _add(bench, request, None, "none", doubt)
        return 0
    taken = 0
    for group in claim.groups:
        unit = _oldest(bench, request, group) if _may_have(request, group, bench.day.as_of) else None
        if unit:
            bench.needed[group] -= 1
            taken += 1
            life, when = _life(unit, bench.day.as_of), _when(request, bench.day.as_of)
            _propose(bench, request, unit, f"oldest free {group} unit, {life}; {when}")
    return units - taken


def _may_have(request: Request, group: BloodGroup, as_of: date) -> bool:
    own = request.supply_blood_group
    if group == own:
        return True
    is_stewarded = group is BloodGroup.O_NEG and not request.is_emergency_rule and own.abo != "O"
    return _is_due(request, as_of) and (request.urgency == VERY_URGENT or not is_stewarded)


def _offer_else(bench: Bench, claim: Claim, *, is_planned_outside: bool) -> None:
    """A unit that its group can spare, or a person's look, or one from outside.

    A unit that the plan takes from donations expected today, and that is not due today, waits without a line.
    """
    request, as_of = claim.request, bench.day.as_of
    helped = ((group, _oldest(bench, request, group)) for group in _spared_by(bench, request))
    group, unit = next(((group, unit) for group, unit in helped if unit), (None, None))
    if unit:
        words = f"oldest {group} unit that its own group can spare today, {_life(unit, as_of)}; {_when(request, as_of)}"
        _propose(bench, request, unit, words)
    elif request.needs_irradiated is None:
        _add(
            bench, request, None, "none", "no record whether irradiated units are needed, and no irradiated one is free"
        )
    elif request.needs_irradiated:
        _add(bench, request, None, "none", "needs an irradiated unit, and none is free")
    elif is_planned_outside or _is_due(request, as_of):
        _add(bench, request, None, "external", f"no unit of ours is free for it; {_when(request, as_of)}")


def _spared_by(bench: Bench, request: Request) -> Iterator[BloodGroup]:
    """Groups that may help a request that cannot wait, its own first; O-negative to others only when very urgent."""
    if not _is_due(request, bench.day.as_of):
        return
    own = request.supply_blood_group
    for group in sorted(request.donors, key=lambda donor: donor != own):
        if bench.spare(group) > 0 and _may_have(request, group, bench.day.as_of):
            yield group


def _propose(bench: Bench, request: Request, unit: Unit, words: str) -> None:
    bench.free[unit.blood_group].remove(unit)
    if request.is_emergency_rule:
        _add(bench, request, unit, "emergency_rule", f"group unknown, emergency rule; {words}")
    else:
        is_identical = unit.blood_group == request.patient_blood_group
        _add(bench, request, unit, "identical" if is_identical else "compatible", words)


def _oldest(bench: Bench, request: Request, group: BloodGroup) -> Unit | None:
    fitting = (unit for unit in bench.free[group] if group in request.donors and not _unfit(request, unit))
    return next(fitting, None)


def _doubt(request: Request) -> str:
    """Why no unit may be proposed at all; empty when one may."""
    if request.antibodies is None:
        return "no antibody screen is on record"
    if request.antibodies:
        return "the patient has red-cell antibodies and units here carry no antigen record"
    return ""


def _unfit(request: Request, unit: Unit) -> str:
    if request.needs_irradiated is False or unit.is_irradiated:
        return ""
    known = "must be" if request.needs_irradiated else "no record says that it need not be"
    return f"it is not irradiated, and {known}"


def _is_due(request: Request, as_of: date) -> bool:
    return request.urgency == VERY_URGENT or request.due_on <= as_of


def _life(unit: Unit, as_of: date) -> str:
    left = (unit.outdate_on - as_of).days
    return "last day today" if left == 0 else f"{left} day{'s' * (left > 1)} left"


def _when(request: Request, as_of: date) -> str:
    words = f"class {request.urgency}"
    if request.urgency in {int(urgency) for urgency in Urgency}:
        words = Urgency(request.urgency).words
    if request.recorded_due_on < as_of:
        return f"{words}, overdue since {request.recorded_due_on}"
    return f"{words}, due " + ("today" if request.due_on == as_of else f"on {request.due_on}")


def _add(bench: Bench, request: Request, unit: Unit | None, match_class: str, reason: str) -> None:
    status = "sample_needed" if unit else "order_external" if match_class == "external" else "review"
    line = {
        "request_id": request.request_id,
        "patient_id": request.patient_id,
        "site_id": request.site_id,
        "patient_blood_group": request.patient_blood_group and str(request.patient_blood_group),
        "urgency": request.urgency,
        "shortage_tier": request.shortage_tier,
        "due_on": request.recorded_due_on,
        "unit_id": unit and unit.unit_id,
        "unit_blood_group": unit and str(unit.blood_group),
        "outdate_on": unit and unit.outdate_on,
        "days_left": unit and (unit.outdate_on - bench.day.as_of).days,
        "match_class": match_class,
        "status": status,
        "reason": reason,
    }
    bench.lines.setdefault(request.request_id, []).append(line)


def _numbered(bench: Bench, request: Request) -> Iterator[dict[str, Any]]:
    """The lines of a request with their numbers and, beside each unit, the two next best that stay free."""
    groups = dict.fromkeys([request.supply_blood_group, *_spared_by(bench, request)])
    others = [
        unit.unit_id
        for group in groups
        for unit in bench.free[group]
        if group in request.donors and not _unfit(request, unit)
    ]
    warning = "".join(
        f"; warning: unit {unit.unit_id} is reserved for it and is {unit.blood_group}, which it must not get"
        for unit in bench.day.units
        if unit.reserved_for == request.request_id and unit.blood_group not in request.donors
    )
    for number, line in enumerate(bench.lines.get(request.request_id, []), start=1):
        first, second, *_ = [*others, None, None] if line["unit_id"] else [None, None]
        numbered = {"line_number": number, "alternative_1": first, "alternative_2": second}
        yield {**line, **numbered, "reason": line["reason"] + warning}
