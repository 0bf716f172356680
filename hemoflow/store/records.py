"""What the store tells about runs, models and approvals: frozen values, no connection behind them."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any


class RunStatus(StrEnum):
    """Where a run stands."""

    RUNNING = "RUNNING"
    DRAFT = "DRAFT"
    STATUS_ONLY = "STATUS_ONLY"
    APPROVED = "APPROVED"
    SUPERSEDED = "SUPERSEDED"
    FAILED = "FAILED"
    TRIAL = "TRIAL"
    DISCARDED = "DISCARDED"


PUBLISHED = (RunStatus.DRAFT, RunStatus.STATUS_ONLY)
"""What :meth:`publish` may make of a run; the last two states are made by a person and by a newer run."""


@dataclass(frozen=True, slots=True)
class RunKey:
    """Everything that decides the bytes of a run.

    Attributes:
        as_of: The logical day.
        policy_name: Policy profile.
        policy_version: Its version.
        policy_sha256: Hash of its values.
        input_sha256: Hash of what was known at the cut.
        model_id: Need model; empty when there is none.
        seed: Seed of everything random.
        software_version: Version of this program.
    """

    as_of: date
    policy_name: str
    policy_version: str
    policy_sha256: str
    input_sha256: str
    model_id: str
    seed: int
    software_version: str

    @property
    def run_id(self) -> str:
        """The day and the first 12 hexadecimal digits of the hash of all fields: the same key is the same run."""
        return _run_id(self)


@lru_cache(maxsize=4096)
def _run_id(key: RunKey) -> str:
    return f"{key.as_of.isoformat()}-{sha256_of_json(asdict(key))[:12]}"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as the store knows it.

    Attributes:
        key: What decides its bytes.
        status: Where it stands.
        number: Runs are numbered in the order in which they were first opened.
    """

    key: RunKey
    status: RunStatus
    number: int

    @property
    def run_id(self) -> str:
        """Identification."""
        return self.key.run_id

    @property
    def as_of(self) -> date:
        """The logical day."""
        return self.key.as_of

    @property
    def policy_name(self) -> str:
        """Policy profile."""
        return self.key.policy_name

    @property
    def policy_version(self) -> str:
        """Version of the policy profile."""
        return self.key.policy_version

    @property
    def model_id(self) -> str:
        """Need model; empty when there was none."""
        return self.key.model_id


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """A trained model version.

    Attributes:
        kind: What it predicts, for example ``need``.
        model_id: Version.
        folder: Where its files are.
        sha256: Hash that its loader checks before it reads them.
        trained_as_of: The day after which it has seen nothing.
        metrics: Evaluation.
        features: Columns it reads, in order.
        data_hash: Hash of its training data.
        is_promoted: Whether a run may use it.
        decision: Why training promoted it, or did not; empty where it said nothing.
    """

    kind: str
    model_id: str
    folder: Path
    sha256: str
    trained_as_of: date
    metrics: dict[str, Any]
    features: tuple[str, ...]
    data_hash: str
    is_promoted: bool
    decision: str = ""

    def after(self, event: str) -> str:
        """What happened to the version, with what was said of it before."""
        return f"{event}. Before: {self.decision}" if self.decision else f"{event}."


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's approval of a draft: one link of a chain.

    Attributes:
        number: Position in the chain, from 1.
        run_id: The approved run.
        approved_by: Who.
        reason: Why, or what was changed by hand.
        approved_at: When, UTC.
        manifest_sha256: Hash of the run's key and of every file of its stages.
        previous_sha256: Seal of the approval before; :data:`FIRST_LINK` for the first.
    """

    number: int
    run_id: str
    approved_by: str
    reason: str
    approved_at: datetime
    manifest_sha256: str
    previous_sha256: str

    @property
    def sha256(self) -> str:
        """The seal: hash of all fields, and through the previous seal of the whole chain before."""
        return sha256_of_json(asdict(self))


FIRST_LINK = "0" * 64


@dataclass(frozen=True, slots=True)
class Execution:
    """One time that a run was carried out: the only place for facts of the wall clock.

    Attributes:
        run_id: The run.
        started_at: When it began, UTC.
        finished_at: When it ended, UTC.
        timings: Seconds by stage.
        status: How it ended, in a word.
        flow_run_id: The Prefect run that did it; empty without Prefect.
    """

    run_id: str
    started_at: datetime
    finished_at: datetime
    timings: dict[str, float]
    status: str
    flow_run_id: str = ""


def sha256_of_json(value: object) -> str:
    """Hash of a value's canonical JSON: sorted keys, days and instants (UTC) in ISO format."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=_iso)
    return hashlib.sha256(text.encode()).hexdigest()


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no canonical JSON form")
