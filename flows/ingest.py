"""Ingestion: what is new in the registered sources becomes canonical tables."""

from prefect import flow

from flows.naming import minute_name
from tasks.ingest import load_sources


@flow(name="ingest", flow_run_name=minute_name("ingest"), persist_result=False)
def ingest(source: str = "") -> int:
    """Load every registered source whose content has changed; put bad rows into quarantine with the reason.

    Args:
        source: Load this kind of source only.

    Returns:
        The number of sources that were loaded anew.
    """
    return load_sources(source)
