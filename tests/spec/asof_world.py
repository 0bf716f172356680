"""Tiny canonical tables for the questions about the past: a few rows in, an answer out."""

from contextlib import contextmanager

import pandas as pd
import pyarrow.parquet as pq

from hemoflow.asof import open_view
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.frames import conform, to_arrow

CUT = pd.Timestamp("2024-10-31 08:00", tz="UTC")
GIVEN = {
    "patients": {"programme": "inpatient", "site_id": "H", "is_group_synthetic": False},
    "encounters": {"patient_id": "p", "site_id": "H", "care_setting": "INPATIENT"},
    "labs": {"patient_id": "p", "code": "haemoglobin", "unit": "g/dL"},
    "transfusions": {"patient_id": "p", "component": "red_cells", "given_units": 1, "setting": "clinic"},
    "requests": {
        "patient_id": "p", "site_id": "H", "component": "red_cells", "requested_units": 1, "is_units_assumed": False,
        "urgency": 1, "is_urgency_synthetic": False, "shortage_tier": 2,
    },
    "units": {
        "component": "red_cells", "blood_group": "O+", "collected_on": "2024-10-10", "outdate_on": "2024-11-13",
        "site_id": "C", "is_irradiated": False, "origin": "donation",
    },
    "unit_events": {},
    "donations": {"site_id": "C", "component": "red_cells", "blood_group": "O+"},
    "capacity": {"site_id": "C", "resource": "chair_minutes"},
    "notes": {"patient_id": "p", "kind": "letter"},
    "drugs": {"patient_id": "p", "name": "x", "drug_class": "chemotherapy"},
}  # fmt: skip
BEGINS = {
    "encounters": "started_at", "labs": "taken_at", "transfusions": "started_at", "requests": "requested_at",
    "unit_events": "occurred_at", "drugs": "started_at",
}  # fmt: skip
ALWAYS = pd.Timestamp("2024-01-01", tz="UTC")


def at(text):
    """An instant in UTC."""
    return pd.Timestamp(text, tz="UTC")


class World:
    """Canonical rows; a record arrives when it happens unless it says otherwise."""

    def __init__(self, folder):
        self.folder = folder
        self.rows = {}

    def add(self, table, **values):
        key = CANONICAL[table].key[0]
        rows = self.rows.setdefault(table, [])
        arrived = values.get(BEGINS.get(table, ""), ALWAYS)
        given = dict.fromkeys(CANONICAL[table].columns) | {key: f"{table}{len(rows):04d}"} | GIVEN[table]
        rows.append(given | {"available_at": arrived, "source": "test", "is_synthetic": True} | values)
        return self

    def frame(self, table):
        layout = CANONICAL[table]
        frame = pd.DataFrame(self.rows[table], columns=list(layout.columns))
        return conform(frame, layout)

    def write(self, name="world", only=lambda frame: frame):
        paths = {}
        for table in self.rows:
            path = self.folder / name / f"{table}.parquet"
            path.parent.mkdir(exist_ok=True, parents=True)
            pq.write_table(to_arrow(only(self.frame(table))), path)
            paths[table] = [path]
        return paths

    @contextmanager
    def view(self, cut=CUT, zone="UTC"):
        with open_view(self.write(), cut, time_zone=zone) as view:
            yield view
