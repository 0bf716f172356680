"""Stage 3: each patient's predicted red-cell need.

A task belongs here when it scores patients with a trained need model; keep training and demand out.
"""

from functools import partial

from prefect import task
from prefect.cache_policies import NO_CACHE

from hemoflow.asof.parts import by_rows
from hemoflow.domain.runs import RunRef
from hemoflow.schemas.need import NEED, NEED_BY_DAY
from hemoflow.store import StageRef
from models.drift import furthest
from models.need import NeedModel, drift_of, predict_days, predict_today, with_week_units
from tasks.artifacts import show_table
from tasks.day import Day, Output, open_day


@task(name="predict-need", cache_policy=NO_CACHE, persist_result=False)
def predict_need(run: RunRef, features: StageRef) -> StageRef:
    """Score everybody under care with the promoted model; see whether they look like those of training."""
    with open_day(run) as day:
        saved = day.stage("need", lambda: _score(day, features))
        show_table("drift", furthest(saved.frame("drift")), "Columns of the need model beside training, furthest first")
    return saved


def _score(day: Day, features: StageRef) -> Output:
    record = day.model()
    model = NeedModel.load(record.folder, sha256=record.sha256)
    people = features.frame("need_features")
    days, today = (
        partial(score, model, need=day.policy.need, as_of=day.run.as_of) for score in (predict_days, predict_today)
    )
    by_day = by_rows(people, days, NEED_BY_DAY, **day.settings.asking)
    need = by_rows(with_week_units(people, by_day), today, NEED, **day.settings.asking)
    return Output({"need": need, "need_by_day": by_day, "drift": drift_of(model, people, day.policy)})
