"""Plan against actual: what was proposed for a day, and what left the stock on it."""

from datetime import date

import pandas as pd

from hemoflow.reports.headline import by_group
from hemoflow.reports.words import counted, group, listed, number, percent, signed
from hemoflow.schemas.canonical import GROUPS


def plan_and_actual(
    plan_days: pd.DataFrame, issues: pd.DataFrame, orders: pd.DataFrame, *, planned_on: date
) -> pd.DataFrame:
    """One row a blood group: planned and real issues and outdates of a day, and what was ordered the day before.

    Args:
        plan_days: Frame PLAN_DAYS of the run of ``planned_on``.
        issues: Issue history as known a day later (``issue_on, blood_group, issued_units, outdated_units, ...``).
        orders: Frame ORDERS of the same run: for the day after.
        planned_on: The day that was planned.

    Returns:
        ``blood_group, planned_units, issued_units, error_units, planned_external_units, planned_outdated_units,
        outdated_units, discarded_units, ordered_units``; sums over groups are the caller's.
    """
    of_day = plan_days[plan_days["plan_on"] == pd.Timestamp(planned_on)].groupby("blood_group")
    planned = of_day[["internal_units", "external_units", "outdated_units"]].sum()
    real = issues[issues["issue_on"] == pd.Timestamp(planned_on)].groupby("blood_group")
    actual = real[["issued_units", "outdated_units", "discarded_units"]].sum()
    table = pd.DataFrame(index=pd.Index(GROUPS, name="blood_group")).assign(
        planned_units=planned["internal_units"] + planned["external_units"],
        issued_units=actual["issued_units"],
        planned_external_units=planned["external_units"],
        planned_outdated_units=planned["outdated_units"],
        outdated_units=actual["outdated_units"],
        discarded_units=actual["discarded_units"],
        ordered_units=orders.set_index("blood_group")["order_units"],
    )
    table = table.fillna(0).astype("int64")
    return by_group(table.assign(error_units=table["issued_units"] - table["planned_units"]).reset_index())


MOST_CAUSES = 3


def held_sentences(table: pd.DataFrame) -> list[str]:
    """How well the plan of the day held, in two or three sentences.

    Args:
        table: What :func:`plan_and_actual` gives.
    """
    planned, issued = int(table["planned_units"].sum()), int(table["issued_units"].sum())
    error = issued - planned
    share = f" ({percent(error / planned)})" if planned else ""
    apart = table.loc[table["error_units"].abs().sort_values(ascending=False, kind="stable").index]
    most = [
        f"{group(row['blood_group'])} {signed(row['error_units'])}"
        for row in apart[apart["error_units"] != 0].head(MOST_CAUSES).to_dict("records")
    ]
    lost = int(table["outdated_units"].sum() + table["discarded_units"].sum())
    return [
        f"{counted(planned, 'unit')} planned, {number(issued)} issued: {signed(error)}{share}.",
        f"Furthest apart: {listed(most)}." if most else "No group was off.",
        f"{counted(lost, 'unit')} outdated or discarded, {number(table['planned_outdated_units'].sum())} planned.",
    ]
