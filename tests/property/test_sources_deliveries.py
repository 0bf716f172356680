"""Deliveries: what came later is known from its arrival on, in whatever sequence they were loaded."""

from datetime import UTC, datetime
from itertools import permutations

import pandas as pd
import pytest

from hemoflow.asof.engine import open_view
from hemoflow.connectors.deliveries import Source
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.registry import read_sources, source_of, with_delivery, write_sources
from hemoflow.connectors.telling import told
from hemoflow.store import open_store
from tests.eicu_sample import FILES, LABS, write_eicu
from tests.site_sample import (
    write_canonical,
    write_fhir,
    write_laboratory,
    write_messages,
    write_mimic,
    write_templates,
)

NAMES = Pseudonymiser(b"a key for tests only")
LONG_AGO, FIRST, SECOND = (
    datetime(2013, 1, 1, tzinfo=UTC),
    datetime(2016, 3, 1, 6, tzinfo=UTC),
    datetime(2016, 4, 1, tzinfo=UTC),
)
CORRECTED = LABS[0].replace("7.8,7.8", "8.7,8.7")
LATE = "90010,7003,500,3,Hgb,9.9,9.9,g/dL,,520"


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory):
    """A history, a delivery with a correction and a late result, one that corrects once more."""
    folder = tmp_path_factory.mktemp("eicu")
    again = LABS[0].replace("7.8,7.8", "8.8,8.8")
    write_eicu(folder / "base")
    write_eicu(folder / "2016-03-01T0600Z", {**FILES, "lab.csv": [FILES["lab.csv"][0], CORRECTED, LATE]})
    write_eicu(folder / "2016-04-01", {**FILES, "lab.csv": [FILES["lab.csv"][0], again]})
    return Source("eicu", folder).deliveries()


@pytest.fixture(scope="module")
def read(deliveries):
    """What each delivery gives, read once."""
    return [(source, source.fingerprint(NAMES, 1), source.load(NAMES, 1)) for source in deliveries]


@pytest.fixture(scope="module")
def in_order(read, tmp_path_factory):
    """What is seen in the end where the deliveries were loaded as they arrived."""
    with opened(tmp_path_factory.mktemp("in-order")) as store:
        for delivery in read:
            load(store, delivery)
        return seen(store, SECOND)


def load(store, delivery):
    source, fingerprint, read = delivery
    if all(store.is_loaded(name, fingerprint) for name in source.names):
        return 0
    for name, found in read:
        store.save_source(name, fingerprint, found.frames, found.report, found.quarantine)
    return 1


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


def test_the_folder_tells_its_deliveries(deliveries):
    assert [source.received_at for source in deliveries] == [None, FIRST, SECOND]
    assert [source.names for source in deliveries] == [
        ("eicu",), ("eicu@20160301t060000z",), ("eicu@20160401t000000z",),
    ]  # fmt: skip


@pytest.mark.parametrize("sequence", list(permutations(range(3))))
def test_any_sequence_ends_in_the_same_and_the_past_is_what_was_known(tmp_path, read, in_order, sequence):
    with opened(tmp_path) as store:
        assert sum(load(store, read[place]) for place in sequence) == 3
        assert haemoglobins(seen(store, LONG_AGO)[0]) == []
        assert haemoglobins(seen(store, datetime(2016, 3, 1, 5, 59, tzinfo=UTC))[0]) == [7.8, 8.1, 10.3]
        assert haemoglobins(seen(store, FIRST)[0]) == [8.1, 8.7, 9.9, 10.3]
        last, content = seen(store, SECOND)
        assert haemoglobins(last) == [8.1, 8.8, 9.9, 10.3]
        assert len(seen(store, SECOND, "patients")[0]) == 3, "a patient told three times is one"
        before = {path.name: path.read_bytes() for path in (tmp_path / "lake").rglob("*.parquet")}
        assert sum(load(store, delivery) for delivery in read) == 0, "only what is new is read"
        assert {path.name: path.read_bytes() for path in (tmp_path / "lake").rglob("*.parquet")} == before
    frame, same = in_order
    pd.testing.assert_frame_equal(frame, last)
    assert same == content


def test_a_delivery_is_added_to_what_is_registered(tmp_path, deliveries):
    folder = deliveries[0].path
    history, later = source_of("eicu", folder), source_of("eicu", folder / "..", "2016-03-01T06:00Z")
    write_sources(tmp_path, with_delivery(with_delivery([history], later), later))
    assert [source.received_at for source in read_sources(tmp_path, tmp_path)] == [None, FIRST]


def test_a_delivery_s_report_carries_its_arrival(read):
    _, _, ((name, found),) = read[1]
    assert set(found.report["source"]) == {name}
    assert set(found.frames["labs"]["source"]) == {"eicu"}
    assert found.frames["labs"]["available_at"].min() == pd.Timestamp(FIRST)


@pytest.fixture(scope="module")
def of_all_kinds(tmp_path_factory):
    """One source of each of several kinds, and what it gives."""
    folder = tmp_path_factory.mktemp("kinds")
    writers = {
        "eicu": write_eicu,
        "templates": write_templates,
        "laboratory": write_laboratory,
        "hl7-v2": write_messages,
        "fhir-r4": write_fhir,
        "mimic-iv": write_mimic,
        "canonical": write_canonical,
    }
    sources = [source_of(kind, write(folder / kind)) for kind, write in writers.items()]
    return [(source.fingerprint(NAMES, 1), *source.load(NAMES, 1)[0]) for source in sources]


@pytest.mark.parametrize("sequence", [[*range(7)], [*range(6, -1, -1)], [1, 3, 0, 6, 2, 5, 1, 4, 3]])
def test_kinds_stand_beside_one_another_in_any_sequence(tmp_path, of_all_kinds, sequence):
    def kept(folder, places):
        with opened(folder) as store:
            for place in places:
                fingerprint, name, found = of_all_kinds[place]
                if not store.is_loaded(name, fingerprint):
                    tables = (found.frames, found.report, found.quarantine)
                    store.save_source(name, fingerprint, *tables, large=found.large)
                    store.save_told(name, fingerprint, told(found, name, store.columns_before(name)))
            files = {path.name for paths in store.active_paths().values() for path in paths}
            return files, store.ingest_report(), store.quarantine(), store.told("source_columns")

    (tmp_path / "plain").mkdir()
    files, *frames = kept(tmp_path, sequence)
    same, *others = kept(tmp_path / "plain", range(7))
    assert files == same
    for frame, other in zip(frames, others, strict=True):
        pd.testing.assert_frame_equal(frame, other)
