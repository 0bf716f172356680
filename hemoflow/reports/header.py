"""The header that every published artifact carries: which run, which data, which rules, and who has decided."""

from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from hemoflow.reports.words import counted, hours, instant, listed, tidy


@dataclass(frozen=True, slots=True)
class Header:
    """Where an artifact comes from.

    Attributes:
        run_id: The run.
        as_of: Its logical day.
        cut_at: The data cut-off: what arrived later was not seen.
        status: DRAFT, STATUS_ONLY, APPROVED or SUPERSEDED.
        policy_name: Policy profile.
        policy_version: Its version.
        policy_sha256: Hash of its values; shown short.
        model_id: Version of the need model; empty when none was used.
        seed: Seed of everything random.
        software_version: Version of Hemoflow.
        freshness: How old each source was at the cut, see :func:`freshness_words`.
        n_warnings: Number of warnings of the run.
        data_note: What the data are, in a sentence, where a reader could take them for something else.
        segmentation_id: Version of the segments of outpatients; empty when none was used.
        approval: Who approved the run, and when; empty while nobody has.
    """

    run_id: str
    as_of: date
    cut_at: datetime
    status: str
    policy_name: str
    policy_version: str
    policy_sha256: str
    model_id: str
    seed: int
    software_version: str
    freshness: str
    n_warnings: int = 0
    data_note: str = ""
    segmentation_id: str = ""
    approval: str = ""

    @property
    def verdict(self) -> str:
        """What the status means for the reader."""
        return VERDICTS[self.status]

    @property
    def policy(self) -> str:
        """Profile, version and short hash."""
        return f"{self.policy_name} {self.policy_version} ({self.policy_sha256[:12]})"

    def items(self) -> tuple[tuple[str, str], ...]:
        """Keys and values in the order in which every artifact shows them."""
        return (
            ("status", f"{self.status}: {self.verdict}"),
            *((("approved_by", self.approval),) if self.approval else ()),
            ("run_id", self.run_id),
            ("as_of", self.as_of.isoformat()),
            ("data_cut_off", instant(self.cut_at)),
            ("policy", self.policy),
            ("need_model", self.model_id or "none"),
            *((("segmentation", self.segmentation_id),) if self.segmentation_id else ()),
            ("seed", str(self.seed)),
            ("software", f"hemoflow {self.software_version}"),
            ("freshness", self.freshness or "no source"),
            ("warnings", str(self.n_warnings)),
            *((("data", self.data_note),) if self.data_note else ()),
        )

    def comments(self) -> str:
        """The header as ``# key: value`` lines for the top of a text file."""
        return "".join(f"# {key}: {tidy(value)}\n" for key, value in self.items())


VERDICTS = {
    "DRAFT": "a recommendation; a person decides",
    "STATUS_ONLY": "the state of the stock; no plan was made",
    "APPROVED": "approved by a person",
    "SUPERSEDED": "replaced by a later run; do not use",
    "RUNNING": "still being made",
    "FAILED": "did not finish; nothing was published",
    "TRIAL": "a what-if; nobody has adopted it",
    "DISCARDED": "a what-if that was put away",
}


def freshness_words(freshness: pd.DataFrame) -> str:
    """How old the newest record of each source was at the cut, and how many critical tables are stale.

    Args:
        freshness: Frame FRESHNESS.
    """
    newest = freshness.groupby("source", sort=True)["age_hours"].min()
    ages = [f"{source} {hours(age)}" for source, age in newest.items()]
    n_stale = int((freshness["is_stale"] & freshness["is_critical"]).sum())
    stale = [f"{counted(n_stale, 'critical table')} stale"] if n_stale else []
    return "; ".join([*([listed(ages)] if ages else []), *stale])
