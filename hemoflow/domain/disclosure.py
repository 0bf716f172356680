"""Disclosure control: small counts of patients never leave the house, not even by subtraction; nor does a pseudonym."""

import re
from collections.abc import Iterable, Mapping

from hemoflow.domain.errors import VerificationError


def suppress(counts: Mapping[str, int], smallest: int) -> dict[str, int | None]:
    """Counts of patients that add up to a known total, with the tell-tale ones replaced by None.

    A count above zero and below ``smallest`` is hidden (OpenSAFELY's rule). While the hidden ones together are still
    fewer than ``smallest``, one more count is hidden, so that the total less the shown tells nothing.

    Args:
        counts: Patients by class, the most useful to the reader first: further counts are hidden from the end.
        smallest: Least count that may be shown.
    """
    hidden = {name: n for name, n in counts.items() if 0 < n < smallest}
    for name, n in reversed(list(counts.items())):
        if n >= smallest and 0 < sum(hidden.values()) < smallest:
            hidden[name] = n
    return {name: None if name in hidden else n for name, n in counts.items()}


def suppressed_total(counts: Mapping[str, int], smallest: int) -> int | None:
    """The total of ``counts``, or None when it is itself too small to show."""
    total = sum(counts.values())
    return None if 0 < total < smallest else total


def without_patients(text: str, patient_ids: Iterable[str]) -> str:
    """``text`` (HTML, or Markdown with its escapes), once it is certain that it names no patient.

    Raises:
        VerificationError: A pseudonym occurs in it.
    """
    known = set(patient_ids)
    named = known.intersection(re.findall(r"[\w-]+", text.replace("\\", ""))) if known else set()
    if named:
        raise VerificationError(
            f"A page of aggregates would name {len(named)} patient(s).",
            remedy="Remove patient identifiers from the run's warnings and reasons.",
        )
    return text
