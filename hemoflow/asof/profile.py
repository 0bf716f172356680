"""Questions for the data profile: what was loaded, how complete it is, and what transfusion looks like in it."""

import pandas as pd

from hemoflow.asof.visible import Engine
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.columns import DAY, INSTANT
from hemoflow.schemas.table import Layout

PROVENANCE = ("available_at", "source", "is_synthetic")


def coverage(engine: Engine) -> pd.DataFrame:
    """One row a canonical table: ``table_name, rows, patients, first_at, last_at, synthetic_share``."""
    return pd.concat([_covered(engine, layout) for layout in CANONICAL.values()], ignore_index=True)


def missingness(engine: Engine) -> pd.DataFrame:
    """One row a column that may be missing, in tables with rows: ``table_name, column_name, missing_share``."""
    rows = [row for layout in CANONICAL.values() for row in _missing(engine, layout)]
    return pd.DataFrame(rows, columns=["table_name", "column_name", "missing_share"])


def labs(engine: Engine) -> pd.DataFrame:
    """One row an analyte: ``code, results, patients`` and the 5th, 25th, 50th, 75th and 95th percentile."""
    return engine.ask("profile_labs")


def episodes(engine: Engine) -> pd.DataFrame:
    """One row a transfusion day of a patient, with the haemoglobin before it; for sums, never to be shown."""
    return engine.ask("profile_episodes")


def weeks(engine: Engine) -> pd.DataFrame:
    """Events by week: ``kind, week_on, amount``."""
    return engine.ask("profile_weeks")


def _covered(engine: Engine, layout: Layout) -> pd.DataFrame:
    moment = next(
        (n for n, c in layout.columns.items() if str(c.dtype) in {INSTANT, DAY} and n not in PROVENANCE), "available_at"
    )
    people = "count(DISTINCT patient_id)" if "patient_id" in layout.columns else "CAST(NULL AS BIGINT)"
    return engine.query(
        f"SELECT '{layout.name}' AS table_name, count(*) AS rows, {people} AS patients, "
        f"CAST(min({moment}) AS DATE) AS first_on, CAST(max({moment}) AS DATE) AS last_on, "
        f"avg(CASE WHEN is_synthetic THEN 1e0 ELSE 0e0 END) AS synthetic_share FROM {layout.name}"
    )


def _missing(engine: Engine, layout: Layout) -> list[tuple[str, str, float]]:
    optional = [name for name, column in layout.columns.items() if column.nullable]
    if not optional:
        return []
    counts = ", ".join(f"count({name}) AS {name}" for name in optional)
    found = engine.query(f"SELECT count(*) AS n, {counts} FROM {layout.name}").iloc[0]
    return [(layout.name, name, 1 - found[name] / found["n"]) for name in optional if found["n"]]
