"""Which method forecasts demand and donations, and why, in words."""

import pandas as pd

from hemoflow.reports.words import number

WORDS = {
    "yesterday": "the last known day",
    "seasonal_naive": "the same weekday of the week before",
    "mean_28d": "the mean of 28 days",
    "weekday_mean_8w": "the weekday mean of eight weeks",
    "ridge_weekday_lags": "linear regression on weekday and recent days",
    "median_56d": "the median of eight weeks",
    "weekday_smoothing": "a smoothed level with a weekday shape",
    "xgboost": "trees (XGBoost) with holidays and days that come back every year",
    "blend": "the mean of regression, smoothing and, where days suffice, trees",
    "weekday_rates": "the weekday means of the last weeks",
}
SUBJECTS = {"demand": "Demand", "donations": "Donations"}
NAIVE, TREES = "seasonal_naive", "xgboost"
TOO_FEW = "days are too few for trees, so public holidays and days that come back every year are not yet foreseen."


def method_sentence(methods: pd.DataFrame) -> str:
    """What forecasts the region's units a day, how it was chosen, and how far ahead it is of the plainest rule.

    Args:
        methods: Frame DEMAND_METHODS.
    """
    return " ".join(_said(str(subject), rows) for subject, rows in methods.groupby("subject", sort=True))


def _said(subject: str, rows: pd.DataFrame) -> str:
    chosen = rows[rows["is_selected"]].iloc[0]
    text = f"{SUBJECTS[subject]}: {WORDS.get(chosen['method'], chosen['method'])}"
    if pd.isna(chosen["scaled_error"]):
        return f"{text}, for {number(int(chosen['history_days']))} days are too few for methods to compete."
    text += f", chosen of {len(rows)} methods by their errors on the {number(int(chosen['compared_days']))} days before"
    few = "" if TREES in set(rows["method"]) else f" {number(int(chosen['history_days']))} {TOO_FEW}"
    naive = rows.loc[rows["method"] == NAIVE, "scaled_error"]
    if chosen["method"] == NAIVE or naive.empty or not naive.iloc[0]:
        return f"{text}.{few}"
    lead = 1 - chosen["scaled_error"] / naive.iloc[0]
    return f"{text}; error {lead:.0%} below that of {WORDS[NAIVE]}.{few}"
