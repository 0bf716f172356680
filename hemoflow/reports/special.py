"""What the units of open requests must be beside their group, in words."""

import pandas as pd

from hemoflow.reports.words import is_missing

NOTHING = "none"


def needs_by(requests: pd.DataFrame, name: str) -> dict[str, str]:
    """What the units of open requests must be, by request or by patient.

    Args:
        requests: Frame OPEN_REQUESTS, or some of its rows.
        name: ``request_id`` or ``patient_id``.
    """
    asked = requests[[name, "needs_irradiated", "antibodies"]].itertuples(index=False)
    return {str(who): _needs(irradiated, antibodies) for who, irradiated, antibodies in asked}


def _needs(irradiated: object, antibodies: object) -> str:
    told = ["irradiation not known" if is_missing(irradiated) else "irradiated" if irradiated else ""]
    told += ["antibodies not screened" if is_missing(antibodies) else f"antibodies: {antibodies}" if antibodies else ""]
    return "; ".join(filter(None, told)) or NOTHING
