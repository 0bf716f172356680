"""A patient's blood group from laboratory results: said only where all results agree."""

import re

import pandas as pd

from hemoflow.domain.blood_groups import BloodGroup

_WRITTEN = re.compile(r"^(?:GROUP )?(AB|A|B|O)?\s*(?:RH(?:\(?D\)?)?)?\s*(POSITIVE|POS|\+|NEGATIVE|NEG|-)?$")
_SAMPLES_TO_CONFIRM = 2


def read_group(written: object) -> str | None:
    """A group or a part of it from text: ``A Pos`` becomes ``A+``, ``Negative`` becomes ``-``; None if unreadable."""
    found = _WRITTEN.match(str(written).strip().upper())
    if not found or not any(found.groups()):
        return None
    abo, rhd = found.groups(default="")
    return abo + {"P": "+", "+": "+", "N": "-", "-": "-", "": ""}[rhd[:1]]


def agreed_groups(results: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The group of each patient, and notes.

    Args:
        results: ``patient_id``; ``part``, what the test tells (``abo``, ``rhd`` or ``both``); ``group``, for example
            ``A+``, ``A`` or ``+``, missing where unreadable; ``taken_at``, when the sample was taken.

    Returns:
        ``blood_group`` (missing where ABO or RhD is unknown or two results contradict) and ``is_group_confirmed``
        (two samples agree), by ``patient_id``; notes on what was passed over.
    """
    is_fit = pd.Series(
        [_fits(part, group) for part, group in zip(results["part"], results["group"], strict=True)],
        index=results.index,
        dtype=bool,
    )
    fit = results[is_fit].astype({"group": "string"})
    abo, rhd = fit["group"].str.rstrip("+-"), fit["group"].str[-1:]
    parts = {"abo": abo.mask(abo == ""), "rhd": rhd.where(rhd.isin(["+", "-"]))}
    told = {name: _one_value(fit.assign(told=values).dropna(subset="told")) for name, values in parts.items()}
    both = told["abo"].join(told["rhd"], lsuffix="_abo", rsuffix="_rhd", how="inner")
    group = both["told_abo"] + both["told_rhd"]
    samples = both[["samples_abo", "samples_rhd"]].min(axis=1)
    found = pd.DataFrame({"blood_group": group, "is_group_confirmed": samples >= _SAMPLES_TO_CONFIRM})
    return found[found["blood_group"].notna()], _notes(int((~is_fit).sum()), int(group.isna().sum()))


def _fits(part: str, group: object) -> bool:
    if not isinstance(group, str):
        return False
    has_abo, has_rhd = group.strip("+-") != "", group.endswith(("+", "-"))
    return {"abo": has_abo, "rhd": has_rhd, "both": group in set(BloodGroup)}[part]


def _one_value(told: pd.DataFrame) -> pd.DataFrame:
    """The value that all results of a patient share, missing where they contradict, and the number of samples."""
    grouped = told.groupby("patient_id")
    value = grouped["told"].min().where(grouped["told"].min() == grouped["told"].max())
    return pd.DataFrame({"told": value, "samples": grouped["taken_at"].nunique()})


def _notes(unreadable: int, contradicted: int) -> list[str]:
    notes = []
    if unreadable:
        notes.append(f"{unreadable} results of blood grouping could not be read and were passed over.")
    if contradicted:
        notes.append(f"{contradicted} patients have contradictory blood groups; theirs were left missing.")
    return notes
