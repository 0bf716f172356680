"""Prefect's edge: one stage a file. A task loads, calls one pure function and saves; all else lives elsewhere."""
