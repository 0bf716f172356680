"""Requests for red cells and the red cells given."""

import numpy as np
import pandas as pd

from hemoflow.connectors.intake import Intake, joined
from hemoflow.connectors.mimic.items import RED_CELL_ITEMS, RED_CELL_ORDER, UNIT_VOLUME_ML
from hemoflow.connectors.mimic.study import SEE_PARENT, SITE, SOURCE, Study, items
from hemoflow.domain.requests import ShortageTier, Urgency
from hemoflow.domain.units import Component

UNREADABLE_CHANGE = "withdraws a request that is not among the loaded requests"
VOLUME_LIMIT_ML = 20000.0


def requests(study: Study) -> tuple[pd.DataFrame, Intake]:
    """Red-cell orders of ``poe``.

    A new order is a request for one unit, because MIMIC-IV records no number. A changed order is a request too, and
    withdraws the one that it replaces; a discontinuation only withdraws. Both do so at their own time, so that a run
    before it still sees the request standing. Urgency and tier are not recorded: urgent and second, marked as drawn.
    """
    columns = ["hadm_id", "poe_id", "ordertime", "transaction_type", "discontinue_of_poe_id"]
    intake = study.intake("requests", "hosp/poe", columns, {"order_subtype": RED_CELL_ORDER.__eq__})
    request_id = study.record_id("req", intake, ["poe_id"])
    kind = intake.choice("transaction_type", {"New": "new", "Change": "change", "D/C": "withdrawal"})
    asked = intake.instant("ordertime")
    withdrawn = _withdrawn(intake, kind, asked)
    requested = study.moved(intake, asked)
    made = study.who(intake).assign(
        request_id=request_id,
        site_id=SITE,
        component=str(Component.RED_CELLS),
        requested_units=1,
        is_units_assumed=True,
        urgency=int(Urgency.URGENT),
        is_urgency_synthetic=True,
        shortage_tier=int(ShortageTier.SECOND),
        indication=None,
        requested_at=requested,
        cancelled_at=study.moved(intake, withdrawn),
        available_at=requested,
        is_synthetic=False,
    )
    return intake.finish(made[kind != "withdrawal"]), intake


def _withdrawn(intake: Intake, kind: pd.Series, asked: pd.Series) -> pd.Series:
    """When each order was first withdrawn or replaced; missing while it stands."""
    target = intake.rows["discontinue_of_poe_id"]
    standing = intake.good(intake.rows[kind != "withdrawal"])["poe_id"]
    intake.reject(
        (kind == "withdrawal") & ~target.isin(standing), "discontinue_of_poe_id", UNREADABLE_CHANGE, SEE_PARENT
    )
    amendments = intake.good(pd.DataFrame({"target": target, "at": asked})).dropna()
    return intake.rows["poe_id"].map(amendments.groupby("target")["at"].min())


def transfusions(study: Study) -> tuple[pd.DataFrame, Intake]:
    """Red-cell infusions of ``inputevents``.

    Rows with one ``linkorderid`` are stretches of one infusion at different rates or after a pause: they become one
    transfusion with the volumes added. A row marked Rewritten was replaced by another and is not read. Units are the
    volume over 350 ml, rounded half up, at least one.
    """
    columns = ["hadm_id", "linkorderid", "itemid", "starttime", "endtime", "storetime", "amount", "amountuom"]
    where = {"itemid": items(RED_CELL_ITEMS), "statusdescription": lambda status: status != "Rewritten"}
    intake = study.intake("transfusions", "icu/inputevents", [*columns, "orderid"], where)
    intake.unique(["orderid", "itemid"])
    intake.choice("itemid", dict.fromkeys(RED_CELL_ITEMS, str(Component.RED_CELLS)))
    intake.text("linkorderid")
    intake.choice("amountuom", {"ml": "ml"})
    started, ended, stored = (intake.instant(column) for column in ("starttime", "endtime", "storetime"))
    intake.reject(ended < started, "endtime", "ends before it starts")
    stretches = study.who(intake).assign(
        transfusion_id=study.pseudonymiser.series(
            "tx", SOURCE, joined(intake, ["subject_id", "linkorderid", "itemid"])
        ),
        volume_ml=intake.number("amount", least=0, most=VOLUME_LIMIT_ML),
        started_at=study.moved(intake, started),
        available_at=study.moved(intake, pd.DataFrame({"ended": ended, "stored": stored}).max(axis=1)),
    )
    return intake.finish(_whole(intake.good(stretches))), intake


def _whole(stretches: pd.DataFrame) -> pd.DataFrame:
    """One row an infusion, at the line of its first stretch."""
    by_start = stretches.sort_values(["transfusion_id", "started_at"], kind="stable")
    grouped = by_start.groupby("transfusion_id", sort=True)
    first = by_start.drop_duplicates("transfusion_id")
    volume = first["transfusion_id"].map(grouped["volume_ml"].sum())
    return first.assign(
        volume_ml=volume,
        given_units=np.maximum(1, np.floor(volume / UNIT_VOLUME_ML + 0.5)),
        available_at=first["transfusion_id"].map(grouped["available_at"].max()),
        component=str(Component.RED_CELLS),
        setting="inpatient",
        is_synthetic=False,
    )
