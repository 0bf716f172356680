"""Demand and donations by day and blood group: known requests, predicted need, and history for the rest."""

from models.demand.backtest import backtest_demand
from models.demand.courses import demand_scatter, forecast_fan, new_courses, supply_courses, supply_scatter
from models.demand.forecast import forecast_demand, forecast_supply
from models.demand.sites import demand_by_site
from models.demand.totals import COMPARED_DAYS, method_frame, total_donations, total_requests

__all__ = [
    "COMPARED_DAYS",
    "backtest_demand",
    "demand_by_site",
    "demand_scatter",
    "forecast_demand",
    "forecast_fan",
    "forecast_supply",
    "method_frame",
    "new_courses",
    "supply_courses",
    "supply_scatter",
    "total_donations",
    "total_requests",
]
