"""Requests as the replay needs them: canonical rows, and the day of use that was agreed with the patient."""

import pandas as pd

from hemoflow.schemas.canonical import REQUESTS
from hemoflow.schemas.frames import conform


def conform_requests(requests: pd.DataFrame) -> pd.DataFrame:
    """Conformed requests with one column more.

    Args:
        requests: Canonical columns as far as they are known (others become missing), and ``planned_on``, the agreed day
            of use; missing where the laboratory's round decides.
    """
    conformed = conform(requests.reindex(columns=list(REQUESTS.columns)), REQUESTS)
    planned = pd.Series(pd.to_datetime(requests["planned_on"]).to_numpy(), index=requests["request_id"])
    return conformed.assign(planned_on=planned.reindex(conformed["request_id"]).to_numpy())
