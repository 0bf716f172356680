"""One environment for every test; the engine's settings must be in place before Prefect is imported."""

import os

os.environ.update(
    DO_NOT_TRACK="1",
    PREFECT_SERVER_ANALYTICS_ENABLED="false",
    PREFECT_LOGGING_TO_API_ENABLED="false",
    OMP_WAIT_POLICY="PASSIVE",
    PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE="50",
    PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE="50",
)
