"""What a stage needs to know about the run it belongs to: small enough to be a Prefect parameter."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class RunRef:
    """A run of one logical day.

    Attributes:
        run_id: Deterministic identification: day, policy, input, model, seed and software version decide it.
        as_of: The logical day.
        policy: Name or path of the policy profile.
        seed: Seed of everything random.
        stale_tables: Critical tables that are missing or too old; when there is any, the run is status only.
        changes: What a trial sees differently, ``key=value`` each; none in the daily run.
    """

    run_id: str
    as_of: date
    policy: str
    seed: int
    stale_tables: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()

    @property
    def is_status_only(self) -> bool:
        """Whether the run may describe the stock but must not plan."""
        return bool(self.stale_tables)
