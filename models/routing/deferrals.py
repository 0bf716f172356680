"""What became of the visits that people deferred: those that are still to come, and those that no longer may wait."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pandas as pd

from hemoflow.domain.decisions import Decision, carry_faults
from hemoflow.schemas.frames import conform, plain_records
from hemoflow.schemas.routing import DEFERRALS


def carried(
    told: Sequence[Decision], open_requests: pd.DataFrame, profiles: pd.DataFrame, cut_at: datetime
) -> pd.DataFrame:
    """Frame DEFERRALS; a transfusion after the decision was the visit, so that nothing is left to defer.

    Args:
        told: Deferrals that the run knows of, one a patient.
        open_requests: OPEN_REQUESTS.
        profiles: OUTPATIENT_PROFILES, for the last transfusion.
        cut_at: The instant after which nothing is known.
    """
    since = profiles.set_index("patient_id")["days_since_transfusion"].dropna()
    last = {who: cut_at - timedelta(days=float(days)) for who, days in since.items()}
    waiting = [each for each in told if last.get(each.patient_id, each.at) <= each.at]
    asked = open_requests[open_requests["patient_id"].isin([each.patient_id for each in waiting])]
    requests = plain_records(asked)
    rows = [
        {
            "patient_id": each.patient_id,
            "from_on": each.run_on,
            "until_on": each.wish.until_on,
            "cause": each.wish.cause,
            "clinician": each.wish.clinician or None,
            "lifted_by": "; ".join(carry_faults(each, [r for r in requests if r["patient_id"] == each.patient_id])),
        }
        for each in waiting
    ]
    return conform(pd.DataFrame(rows, columns=list(DEFERRALS.columns)), DEFERRALS)
