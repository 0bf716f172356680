"""Stories: one deployable Prefect flow a file, read aloud by a clinician. No arithmetic, no SQL, no frames here.

Importing this package first sets what Prefect needs before it is imported: a SQLite server stalls for tens of seconds
unless the task-run recorder reads in small batches, and the ephemeral server may take longer than its default limit on
a busy machine. Whatever the environment already says wins.
"""

import os

ENGINE_DEFAULTS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "50",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "50",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_DATABASE_TIMEOUT": "60",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": "300",
    "PREFECT_WORKER_QUERY_SECONDS": "2",  # a person who presses Run waits no ten seconds for the worker to ask
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",  # the least; the automation for silent runs waits for three
    "OMP_WAIT_POLICY": "PASSIVE",
}

for _name, _value in ENGINE_DEFAULTS.items():
    os.environ.setdefault(_name, _value)
