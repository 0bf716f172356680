"""Demand and donations by day and blood group: known requests, predicted need, and history for the rest."""

from models.demand.backtest import backtest_demand
from models.demand.forecast import forecast_demand, forecast_supply

__all__ = ["backtest_demand", "forecast_demand", "forecast_supply"]
