"""Deliveries: what came later is known from its arrival on, in whatever sequence they were loaded."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pandas as pd
import pytest

from hemoflow.asof.engine import open_view
from hemoflow.connectors.deliveries import Source
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.registry import read_sources, source_of, with_delivery, write_sources
from hemoflow.connectors.telling import told
from hemoflow.store import open_store
from tests.eicu_sample import write_eicu
from tests.site_sample import (
    write_canonical,
    write_fhir,
    write_laboratory,
    write_messages,
    write_mimic,
    write_omop,
    write_templates,
)

NAMES = Pseudonymiser(b"a key for tests only")
FIRST, SECOND = datetime(2030, 1, 1, 6, tzinfo=UTC), datetime(2030, 2, 1, tzinfo=UTC)
LATE_ENOUGH = datetime(2400, 1, 1, tzinfo=UTC)
LATE = "90010,7003,500,3,Hgb,9.9,9.9,g/dL,,520"


def seen(store, cut_at, table="labs"):
    with open_view(store.active_paths(), cut_at, time_zone="UTC") as view:
        frame = view.engine.connection.sql(f"SELECT * FROM {table} ORDER BY ALL").to_df()
        return frame, view.content_hash()


def opened(folder):
    store = open_store(f"sqlite:///{folder}/store.db", folder)
    store.init()
    return store


def haemoglobins(frame):
    return sorted(frame.loc[frame["code"] == "haemoglobin", "value"])


VARIANTS = {
    "eicu": (write_eicu, "lab.csv", "7.8,7.8,g/dL,gm/dL,20", "{0},{0},g/dL,gm/dL,20\n" + LATE),
    "fhir-r4": (write_fhir, "Observation.ndjson", '"value": 8.1', '"value": {0}'),
    "mimic-iv": (write_mimic, "hosp/labevents.csv", "8.1,g/dL", "{0},g/dL"),
    "omop-cdm": (write_omop, "MEASUREMENT.csv", ",0,8.1,0,", ",0,{0},0,"),
    "hl7-v2": (write_messages, "day.hl7", "||7.0|g/dL", "||{0}|g/dL"),
    "laboratory": (write_laboratory, "results.csv", "70,g/L", "{0},g/dL"),
    "templates": (write_templates, "labs.csv", "70,g/L", "{0},g/dL"),
    "canonical": (write_canonical, "labs.csv", "8.1,g/dL", "{0},g/dL"),
}
"""How each kind is written, and where its first result of haemoglobin stands."""
ORDERS = list(permutations(range(3)))


@pytest.fixture(scope="module")
def of_all_kinds(tmp_path_factory):
    """Of each kind of source a history and two deliveries, each of which corrects the same result; all read once."""
    folder = tmp_path_factory.mktemp("kinds")
    for kind, (write, file, old, new) in VARIANTS.items():
        for name, value in (("base", ""), ("2030-01-01T0600Z", "8.6"), ("2030-02-01", "8.7")):
            path = write(folder / kind / name) / file
            path.write_text(path.read_text().replace(old, new.format(value), 1) if value else path.read_text())
    return {
        kind: [
            (source.names[0], source.fingerprint(NAMES, 1), source.load(NAMES, 1)[0][1])
            for source in Source(kind, folder / kind).deliveries()
        ]
        for kind in VARIANTS
    }


def kept(folder, of_all_kinds, sequence):
    """What a store keeps and shows once all are loaded: kind by kind in its own order, forwards or backwards."""
    with opened(folder) as store:
        for kind, place in sequence:
            name, fingerprint, found = of_all_kinds[kind][place]
            tables = (found.frames, found.report, found.quarantine)
            store.save_source(name, fingerprint, *tables, large=found.large)
            store.save_told(name, fingerprint, told(found, name, store.columns_before(name)))
        files = {path.name for paths in store.active_paths().values() for path in paths}
        (first, _), (last, content) = seen(store, FIRST), seen(store, LATE_ENOUGH)
        return files, content, first, last, store.ingest_report(), store.quarantine(), store.told("source_columns")


@pytest.fixture(scope="module")
def as_they_came(of_all_kinds, tmp_path_factory):
    """What is kept of all deliveries in the order of their arrival."""
    return kept(tmp_path_factory.mktemp("plain"), of_all_kinds, [(k, place) for place in range(3) for k in VARIANTS])


def test_a_correction_of_each_kind_is_known_from_its_arrival(as_they_came):
    _, _, first, last, *_ = as_they_came
    for labs, value, unborn in ((first, 8.6, {"mimic-iv"}), (last, 8.7, set())):
        is_corrected = (labs["code"] == "haemoglobin") & (labs["value"].round(6) == value)
        assert set(labs.loc[is_corrected, "source"]) == {*VARIANTS} - unborn


@pytest.mark.parametrize("turn", range(2))
def test_deliveries_of_all_kinds_in_any_order_end_in_the_same_tables(tmp_path, of_all_kinds, as_they_came, turn):
    """In each turn the eight kinds take other orders: every order is met."""
    orders = {kind: ORDERS[(number + 3 * turn + 1) % len(ORDERS)] for number, kind in enumerate(VARIANTS)}
    kinds = list(VARIANTS)[:: 1 if turn % 2 else -1]
    sequence = [(kind, orders[kind][turn_of]) for turn_of in range(3) for kind in kinds]
    files, content, *frames = kept(tmp_path, of_all_kinds, sequence)
    known_files, known_content, *known = as_they_came
    assert (files, content) == (known_files, known_content)
    for frame, other in zip(frames, known, strict=True):
        pd.testing.assert_frame_equal(frame, other)


def test_the_past_is_what_was_known_whatever_came_first(tmp_path, of_all_kinds):
    with opened(tmp_path) as store:
        for place in (2, 0, 1):
            name, fingerprint, found = of_all_kinds["eicu"][place]
            store.save_source(name, fingerprint, found.frames, found.report, found.quarantine)
        assert haemoglobins(seen(store, datetime(2013, 1, 1, tzinfo=UTC))[0]) == []
        assert haemoglobins(seen(store, FIRST - timedelta(minutes=1))[0]) == [7.8, 8.1, 10.3]
        assert haemoglobins(seen(store, FIRST)[0]) == [8.1, 8.6, 9.9, 10.3]
        assert haemoglobins(seen(store, SECOND)[0]) == [8.1, 8.7, 9.9, 10.3]
        assert len(seen(store, SECOND, "patients")[0]) == 3, "a patient told three times is one"
        assert all(store.is_loaded(name, fingerprint) for name, fingerprint, _ in of_all_kinds["eicu"])


def test_a_delivery_s_report_carries_its_arrival(of_all_kinds):
    name, _, found = of_all_kinds["eicu"][1]
    assert name == "eicu@20300101t060000z"
    assert set(found.report["source"]) == {name}
    assert set(found.frames["labs"]["source"]) == {"eicu"}
    assert found.frames["labs"]["available_at"].min() == pd.Timestamp(FIRST)


def test_deliveries_are_told_by_their_folders_and_added_to_what_is_registered(tmp_path):
    for name in ("base", "2030-02-01", "2030-01-01T0600Z"):
        (tmp_path / "eicu" / name).mkdir(parents=True)
    history = source_of("eicu", tmp_path / "eicu")
    found = [(source.path.name, source.received_at) for source in history.deliveries()]
    assert found == [("base", None), ("2030-01-01T0600Z", FIRST), ("2030-02-01", SECOND)]
    later = source_of("eicu", tmp_path / "eicu" / "2030-02-01", "2030-01-01T06:00Z")
    write_sources(tmp_path, with_delivery(with_delivery([history], later), later))
    assert [source.received_at for source in read_sources(tmp_path, tmp_path)] == [None, FIRST, SECOND, FIRST]
