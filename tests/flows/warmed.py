"""What a command imports, imported before the process of any command begins.

The process that forks them imports this module, and nothing else does: what Prefect and the terminal read from the
environment while they are imported must be there before.
"""

import os

os.environ |= {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL", "COLUMNS": "200"}

import flows.backfill
import flows.cli
import flows.ingest
import flows.train
import flows.what_if  # noqa: F401
