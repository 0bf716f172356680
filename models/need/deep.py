"""A deep challenger: a gated recurrent unit (Cho et al. 2014) over a patient's points; needs the extra ``deep``.

It sees the columns of the other challengers, at the point and at the points before, and nothing of other patients.
"""

from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit

from hemoflow.domain.errors import UsageError
from models.evaluation import Vector
from models.need.learning import LearningSet
from models.need.start import SMALLEST_MEAN

STEPS, WIDTH, EPOCHS, BATCH = 8, 16, 12, 256
RATE, DECAY, CLIP = 0.01, 0.001, 4.0


def gru(train: LearningSet, test: LearningSet, seed: int) -> Vector:
    """Scores of the test rows by a small recurrent net; the same seed gives the same scores, on one thread.

    Raises:
        UsageError: PyTorch is not installed.
    """
    try:
        torch = import_module("torch")
    except ImportError as error:
        raise UsageError("The deep challenger needs PyTorch.", remedy="Install the extra: hemoflow[deep].") from error
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    centre, spread = train.columns.median().fillna(0), train.columns.std().replace(0, 1).fillna(1)
    known, asked = (trajectories(rows, centre, spread) for rows in (train, test))
    net = _net(torch, known.shape[2], float(np.clip(train.has_event.mean(), SMALLEST_MEAN, 1 - SMALLEST_MEAN)))
    _fit(torch, net, torch.tensor(known), torch.tensor(train.has_event.astype("float32")))
    with torch.no_grad():
        found: Vector = _score(net, torch.tensor(asked)).numpy().astype("float64")
    return found


def trajectories(rows: LearningSet, centre: pd.Series, spread: pd.Series) -> NDArray[np.float32]:
    """The standardised columns of each row and of the patient's points before it, oldest first, zeros in front.

    What is missing lies at the median, and a second set of columns says that it is missing.
    """
    raw = rows.columns
    values = ((raw.fillna(centre) - centre) / spread).clip(-CLIP, CLIP).to_numpy(dtype="float32")
    values = np.hstack([values, raw.isna().to_numpy(dtype="float32")])
    order = np.lexsort((rows.features["cut_at"].to_numpy(), rows.patient))
    patient = rows.patient[order]
    made = np.zeros((len(values), STEPS, values.shape[1]), dtype="float32")
    for back in range(min(STEPS, len(order))):
        here, before = order[back:], order[: len(order) - back]
        same = patient[back:] == patient[: len(patient) - back]
        made[here[same], STEPS - 1 - back] = values[before[same]]
    return made


def _net(torch: Any, wide: int, share: float) -> Any:  # noqa: ANN401
    net = torch.nn.ModuleDict(
        {"memory": torch.nn.GRU(wide, WIDTH, batch_first=True), "head": torch.nn.Linear(WIDTH, 1)}
    )
    torch.nn.init.constant_(net["head"].bias, float(logit(share)))
    return net


def _score(net: Any, batch: Any) -> Any:  # noqa: ANN401
    _, last = net["memory"](batch)
    return net["head"](last[0])[:, 0]


def _fit(torch: Any, net: Any, known: Any, has_event: Any) -> None:  # noqa: ANN401
    steps = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    loss = torch.nn.BCEWithLogitsLoss()
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(known)).split(BATCH):
            steps.zero_grad()
            loss(_score(net, known[batch]), has_event[batch]).backward()
            steps.step()
