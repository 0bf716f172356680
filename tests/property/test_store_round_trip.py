"""Whatever a layout allows comes back from the store as it went in: odd text, extreme numbers, missing values."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hemoflow.schemas.columns import COUNT, DAY, FLAG, INSTANT, MEASURE, TEXT
from hemoflow.schemas.frames import conform
from hemoflow.schemas.published import FRESHNESS, KPIS
from hemoflow.schemas.supply import STOCK
from hemoflow.schemas.table import Layout
from tests.conftest_store import key

pytest_plugins = ["tests.conftest_store"]
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
"""Any text but lone surrogates, which are no text, and NUL, which PostgreSQL cannot hold."""

LAYOUTS = (FRESHNESS, STOCK, KPIS)
"""Together they hold every kind of column."""


def values(column) -> st.SearchStrategy:
    """Everything that a column allows."""
    limits = {key: value for check in column.checks for key, value in check.statistics.items()}
    low, high = limits.get("min_value"), limits.get("max_value")
    kinds = {
        TEXT: st.sampled_from(limits["allowed_values"]) if "allowed_values" in limits else WORDS,
        COUNT: st.integers(-(2**63) if low is None else low, 2**63 - 1 if high is None else high),
        MEASURE: st.floats(low, high, allow_nan=False),
        FLAG: st.booleans(),
        DAY: st.dates(date(1700, 1, 1), date(2250, 1, 1)),
        INSTANT: st.datetimes(datetime(1700, 1, 1), datetime(2250, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    }
    name = str(column.dtype)
    chosen = kinds[TEXT if name.startswith(TEXT) else name]
    return st.none() | chosen if column.nullable else chosen


def frames(layout: Layout) -> st.SearchStrategy:
    """Frames of up to four rows."""
    row = st.fixed_dictionaries({name: values(column) for name, column in layout.columns.items()})
    rows = st.lists(row, max_size=4, unique_by=lambda row: tuple(row[name] for name in layout.key))
    return rows.map(lambda rows: conform(pd.DataFrame(rows, columns=list(layout.columns), dtype=object), layout))


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_frame_comes_back_equal(store, layout, data):
    frame = data.draw(frames(layout))
    run_id = store.open_run(key()).run_id
    ref = store.save_stage(run_id, "any", {layout.name: frame})
    pd.testing.assert_frame_equal(ref.frame(layout.name), frame, check_exact=True)
    pd.testing.assert_frame_equal(store.result(run_id, layout.name), frame, check_exact=True)
