"""Trees grown by XGBoost's own Spark estimators, for past points that outgrow one machine.

The start, the number of trees, the settings that a search chose and the calibration are those of a model learned on one
machine from a share of the points; what is grown anew is trees, from every point, where the rows lie. Columns, outcomes
and settings come from the same functions. The workers need this package.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import xgboost as xgb

from hemoflow.domain.policy import Need
from hemoflow.schemas.frames import from_arrow
from models.need.features import DAY_FEATURE, FEATURES, matrix
from models.need.folds import lighter
from models.need.learning import REQUEST, UNITS, Task, settings_of, stacked
from models.need.model import NeedModel
from models.need.programme import Programme
from models.need.request import RequestModel
from models.need.search import chosen
from models.need.start import Start

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

TARGET, START = "target", "start"
NAMES = {"eta": "learning_rate", "seed": "random_state"}
"""What the estimators call settings of :func:`xgboost.train`."""
Rows = Callable[[pd.DataFrame], Task]


def grow(model: NeedModel, rows: "DataFrame", need: Need, *, seed: int) -> NeedModel:
    """The model with its trees for the probabilities and the units a day grown from all rows.

    Args:
        model: A model learned on one machine, from a share of the rows.
        rows: Spark frame of NEED_FEATURES beside ``event_N`` and ``units_N`` of each coming day N, see
            :meth:`hemoflow.asof.engine.View.learning_rows`.
        need: Section of the policy.
        seed: Seed of XGBoost.
    """
    rows.persist()  # asked once, learned from three times a programme
    grown = {
        name: _grown(
            programme, rows.where(rows["programme"] == name), need, chosen(need, model.searched.get(name)), seed
        )
        for name, programme in model.programmes.items()
    }
    rows.unpersist()
    return replace(model, programmes=grown)


def some_patients(points: pd.DataFrame, most: int, seed: int) -> pd.DataFrame:
    """Every point of patients drawn until there are so many points, in the order of the points given."""
    sizes = points.groupby("patient_id", sort=True).size()
    drawn = sizes.iloc[np.random.default_rng(seed).permutation(len(sizes))]
    kept = drawn.index[drawn.cumsum() <= most]
    return points[points["patient_id"].isin(kept)].reset_index(drop=True)


def _grown(programme: Programme, rows: "DataFrame", need: Need, searched: Need, seed: int) -> Programme:
    days = range(1, need.horizon_days + 1)
    first, week = (partial(_outcome, need=need, days=some) for some in ([1], days))

    def again(model: RequestModel, outcome: partial[Task], settings: Need) -> RequestModel:
        rows_of = partial(outcome, start=model.start)
        return replace(model, trees=_fit(rows, rows_of, settings, REQUEST, like=model.trees, seed=seed))

    return replace(
        programme,
        day=again(programme.day, first, searched),
        week=again(programme.week, week, lighter(need)),
        units=_fit(rows, partial(_units, need=need, days=days), need, UNITS, like=programme.units, seed=seed),
    )


def _outcome(rows: pd.DataFrame, start: Start, need: Need, days: Sequence[int]) -> Task:
    columns = matrix(rows, need)
    events = rows[[f"event_{day}" for day in days]].max(axis=1)
    return columns, events.to_numpy(dtype="float64"), start.margin(columns)


def _units(rows: pd.DataFrame, need: Need, days: Sequence[int]) -> Task:
    return stacked(matrix(rows, need), rows[[f"units_{day}" for day in days]].to_numpy(dtype="float64"))


def _fit(rows: "DataFrame", make: Rows, need: Need, objective: str, *, like: xgb.Booster, seed: int) -> xgb.Booster:
    """As many trees as the booster that it takes the place of, from the task that each part of the rows makes."""
    from xgboost.spark import SparkXGBRegressor  # noqa: PLC0415 - only where Spark is

    names = [feature.name for feature in FEATURES] + ([DAY_FEATURE.name] if objective == UNITS else [])
    kinds = pa.schema([(name, pa.float32()) for name in names] + [(name, pa.float64()) for name in (TARGET, START)])
    table = rows.mapInArrow(partial(_made, make, kinds), _ddl(kinds)).persist()
    mean = float(table.agg({TARGET: "avg"}).collect()[0][0])
    told: dict[str, Any] = {
        "features_col": names,
        "label_col": TARGET,
        "verbose": False,
        "n_estimators": like.num_boosted_rounds(),
        "num_workers": rows.sparkSession.sparkContext.defaultParallelism,
        **({"base_margin_col": START} if objective == REQUEST else {}),
        **_renamed(settings_of(mean, need, objective, seed), names),
    }
    booster: xgb.Booster = SparkXGBRegressor(**told).fit(table).get_booster()
    table.unpersist()
    booster.feature_names, booster.feature_types = names, None
    return booster


def _made(make: Rows, kinds: pa.Schema, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """What a part of the rows gives to learn from."""
    for batch in batches:
        columns, target, start = make(from_arrow(pa.Table.from_batches([batch])))
        made = columns.assign(**{TARGET: target, START: np.zeros(len(target)) if start is None else start})
        yield from pa.Table.from_pandas(made, kinds, preserve_index=False).to_batches()


def _renamed(settings: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """Settings in the estimators' words; limits of direction by place, for their rows carry no names."""
    directions = tuple(settings["monotone_constraints"].get(name, 0) for name in names)
    own = {NAMES.get(name, name): value for name, value in settings.items() if name != "nthread"}
    return own | {"monotone_constraints": f"({','.join(map(str, directions))})"}


def _ddl(kinds: pa.Schema) -> str:
    words = {pa.float32(): "float", pa.float64(): "double"}
    return ", ".join(f"`{field.name}` {words[field.type]}" for field in kinds)
