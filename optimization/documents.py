"""Problem files of either program behind one face: read, solve, judge, explain, and write the plan.

``hemoflow-supply/1`` is the program of one blood group, ``hemoflow-network/1`` that of a region.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from time import perf_counter

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.errors import VerificationError
from optimization.account import Account, account_of_group, account_of_network
from optimization.explain import explain
from optimization.json_parts import parse_object
from optimization.ladder import solve
from optimization.network.plan import NetworkPlan
from optimization.network.verifier import verify as verify_network
from optimization.network_answers import explain_network, solve_network, verify_again
from optimization.network_files import SCHEMA as NETWORK_SCHEMA
from optimization.network_files import NetworkTask, read_network, read_network_plan, write_network_plan
from optimization.objectives import PAPER_LADDER
from optimization.plan import Plan
from optimization.problem import Instance
from optimization.verifier import verify, verify_optimal


@dataclass(frozen=True, slots=True)
class Solved:
    """A plan that the judge accepted.

    Attributes:
        text: The plan's file.
        headline: What it comes to, in a line.
        account: The plan day by day.
    """

    text: str
    headline: str
    account: Account


@dataclass(frozen=True, slots=True)
class GroupDocument:
    """A file of one blood group and how it is climbed."""

    instance: Instance
    ladder: tuple[str, ...] = PAPER_LADDER
    tolerances: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the instance."""
        return self.instance.name

    def with_terminal_rule(self, rule: str) -> "GroupDocument":
        """The same instance under another terminal rule."""
        return replace(self, instance=replace(self.instance, terminal_rule=rule))

    def with_ladder(self, ladder: tuple[str, ...], tolerances: Mapping[str, int]) -> "GroupDocument":
        """The same instance with other rungs and tolerances."""
        return replace(self, ladder=ladder or self.ladder, tolerances=tolerances or self.tolerances)

    def answer(self, *, integer: bool, time_limit_s: float) -> Solved:
        """Solve and judge."""
        started = perf_counter()
        plan = self._plan(integer=integer, time_limit_s=time_limit_s)
        _refuse(verify(self.instance, plan))
        plan = replace(plan, seconds=round(perf_counter() - started, 3))
        words = f"external units {plan.external_units:g}, range {plan.range:g}, outdates {plan.outdates:g}"
        return Solved(plan.to_json(), words, account_of_group(self.instance, plan))

    def faults(self, plan_text: str, source: str, *, optimal: bool) -> list[str]:
        """What a plan file breaks; with ``optimal`` both optima are derived anew, not by the program."""
        return (verify_optimal if optimal else verify)(self.instance, Plan.from_json(plan_text, source))

    def explained(self, plan_text: str, source: str, *, group: BloodGroup, most: int) -> list[str]:  # noqa: ARG002
        """Answers about the instance; they hold for every plan that takes the fewest units from outside."""
        return (
            [f"The plan: {fault}." for fault in self.faults(plan_text, source, optimal=True)] if plan_text else []
        ) + (explain(self.instance))

    def _plan(self, *, integer: bool, time_limit_s: float) -> Plan:
        return solve(self.instance, self.ladder, tolerances=self.tolerances, integer=integer, time_limit_s=time_limit_s)


@dataclass(frozen=True, slots=True)
class NetworkDocument:
    """A file of a region and how it is climbed."""

    task: NetworkTask

    @property
    def name(self) -> str:
        """Name of the problem."""
        return self.task.problem.name

    def with_terminal_rule(self, rule: str) -> "NetworkDocument":
        """The same problem under another terminal rule."""
        return NetworkDocument(replace(self.task, problem=replace(self.task.problem, terminal_rule=rule)))

    def with_ladder(self, ladder: tuple[str, ...], tolerances: Mapping[str, int]) -> "NetworkDocument":
        """The same problem with other rungs and tolerances."""
        task = self.task
        return NetworkDocument(replace(task, ladder=ladder or task.ladder, tolerances=tolerances or task.tolerances))

    def answer(self, *, integer: bool, time_limit_s: float) -> Solved:
        """Solve and judge."""
        started, task = perf_counter(), self.task
        plan = self._plan(integer=integer, time_limit_s=time_limit_s)
        _refuse(verify_network(task.problem, plan))
        text = write_network_plan(plan, task.tolerances, round(perf_counter() - started, 3))
        rungs = ", ".join(f"{rung} {value:g}" for rung, value in plan.rungs.items() if value)
        return Solved(text, rungs or "every rung at 0", account_of_network(task.problem, plan))

    def faults(self, plan_text: str, source: str, *, optimal: bool) -> list[str]:
        """What a plan file breaks; with ``optimal`` its ladder is climbed once more."""
        plan, tolerances = read_network_plan(plan_text, source)
        found = verify_network(self.task.problem, plan)
        return verify_again(self.task.problem, plan, tolerances) if optimal and not found else found

    def explained(self, plan_text: str, source: str, *, group: BloodGroup, most: int) -> list[str]:
        """Answers about a plan, which is made when none is given."""
        plan = read_network_plan(plan_text, source)[0] if plan_text else self._plan(integer=True, time_limit_s=600.0)
        faults = [f"The plan: {fault}." for fault in verify_network(self.task.problem, plan)]
        return faults or explain_network(self.task.problem, plan, group=group, most=most)

    def _plan(self, *, integer: bool, time_limit_s: float) -> NetworkPlan:
        task = self.task
        return solve_network(task.problem, task.ladder, task.tolerances, integer=integer, time_limit_s=time_limit_s)


def read_document(text: str, source: str) -> GroupDocument | NetworkDocument:
    """A problem file of either schema.

    Args:
        text: What the file holds.
        source: Name of the file in messages.

    Raises:
        InputError: It is neither; every problem is in the one message.
    """
    if parse_object(text, source).get("schema") == NETWORK_SCHEMA:
        return NetworkDocument(read_network(text, source))
    return GroupDocument(Instance.from_json(text, source))


def _refuse(faults: list[str]) -> None:
    if faults:
        raise VerificationError(
            f"The plan breaks rules: {'; '.join(faults[:10])}.", remedy="Nothing is written; report it with the file."
        )
