"""The made-up part of the demonstration region: what no open source delivers, drawn with a seed and marked synthetic.

``magnitudes`` holds every figure with its source; ``chronic``, ``background`` and ``capacity`` make the people, their
requests and the teams; ``completion`` adds what MIMIC-IV lacks; ``ledger`` replays the past of the stock.

Whatever happens up to a day is the same however much later the history ends: people are drawn one by one, background
requests day by day, and the ledger decides each step from what was known at that hour.
"""

SOURCE = "synthetic-region"
"""Name of this source in every row."""

VERSION = "2"
"""Raised whenever the same seed would give other rows."""
