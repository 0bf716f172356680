"""The lake: one active version of each source; nothing is lost; the same again changes nothing."""

import pandas as pd
import pytest

from hemoflow.domain.errors import UsageError
from hemoflow.schemas.canonical import LABS, PATIENTS
from hemoflow.schemas.frames import conform, empty
from hemoflow.schemas.published import INGEST_REPORT, QUARANTINE
from hemoflow.store.parquet import read_frame
from tests.conftest_store import in_processes, sample, snapshot

pytest_plugins = ["tests.conftest_store"]


def papers(source, **changes):
    """A report and a quarantine of one line each about a source."""
    report = {
        "source": source, "table_name": "labs", "read_rows": 9, "loaded_rows": 7, "quarantined_rows": 1,
        "duplicate_rows": 1,
    }  # fmt: skip
    fault = {
        "source": source, "table_name": "labs", "file": "labs.csv", "row_number": 5, "field": "value", "value": "x",
        "reason": "must be a number", "remedy": "Mend it.",
    }  # fmt: skip
    return conform(pd.DataFrame([report]), INGEST_REPORT), conform(pd.DataFrame([fault | changes]), QUARANTINE)


def rows_of(store):
    with store._database.reading() as connection:
        dump = {table.name: connection.execute(table.select()).all() for table in tables_of_the_lake()}
    return {name: sorted(map(tuple, rows), key=repr) for name, rows in dump.items()}


def tables_of_the_lake():
    from hemoflow.store.tables import INGEST_REPORTS, QUARANTINED, SOURCE_FILES, SOURCE_VERSIONS

    return [SOURCE_VERSIONS, SOURCE_FILES, INGEST_REPORTS, QUARANTINED]


def test_a_source_is_loaded_once(store):
    frames = {"labs": sample(LABS), "patients": sample(PATIENTS)}
    assert not store.is_loaded("mimic-iv", "f1")
    refs = store.save_source("mimic-iv", "f1", frames, *papers("mimic-iv"))
    assert store.is_loaded("mimic-iv", "f1")
    assert not store.is_loaded("mimic-iv", "f2")
    assert not store.is_loaded("fhir", "f1")
    before = snapshot(store._database.home / "lake"), rows_of(store)
    assert store.save_source("mimic-iv", "f1", frames, *papers("mimic-iv")) == refs
    assert (snapshot(store._database.home / "lake"), rows_of(store)) == before
    path = store.active_paths()["labs"][0]
    assert path.name == f"mimic-iv-{refs['labs'].sha256[:12]}.parquet"
    pd.testing.assert_frame_equal(read_frame(path, refs["labs"].sha256), frames["labs"])


def test_a_new_version_takes_over_and_the_old_files_stay(store):
    old = store.save_source("a", "f1", {"labs": sample(LABS), "patients": sample(PATIENTS)}, *papers("a"))
    new = store.save_source("a", "f2", {"labs": sample(LABS, seed=2)}, *papers("a", value="y"))
    assert {name: list(map(str, paths)) for name, paths in store.active_paths().items()} == {"labs": [new["labs"].path]}
    assert not store.is_loaded("a", "f1")
    assert store.quarantine()["value"].tolist() == ["y"]
    pd.testing.assert_frame_equal(read_frame(store._database.home / old["labs"].path), sample(LABS))
    store.save_source("a", "f1", {"labs": sample(LABS), "patients": sample(PATIENTS)}, *papers("a"))
    assert store.sources().to_dict("records") == [{"source": "a", "fingerprint": "f1", "tables": 2, "rows": 14}]
    assert store.quarantine()["value"].tolist() == ["x"]


def test_sources_stand_side_by_side(store):
    for source in ("b", "a"):
        store.save_source(source, "same", {"labs": sample(LABS)}, *papers(source))
    store.save_source("c", "same", {}, empty(INGEST_REPORT), empty(QUARANTINE))
    assert [path.name[0] for path in store.active_paths()["labs"]] == ["a", "b"]
    assert store.ingest_report()["source"].tolist() == ["a", "b"]
    assert store.quarantine("b")["source"].tolist() == ["b"]
    assert store.sources()[["source", "tables", "rows"]].to_numpy().tolist() == [["a", 1, 7], ["b", 1, 7], ["c", 0, 0]]


def test_a_source_that_is_no_longer_registered_rests(store):
    for source in ("a", "b"):
        store.save_source(source, "f1", {"labs": sample(LABS)}, *papers(source))
    store.retain_sources(["b"])
    assert store.sources()["source"].tolist() == ["b"]
    assert len(store.active_paths()["labs"]) == 1
    assert store.ingest_report()["source"].tolist() == ["b"]
    assert not store.is_loaded("a", "f1")
    store.save_source("a", "f1", {"labs": sample(LABS)}, *papers("a"))
    assert store.sources()["source"].tolist() == ["a", "b"]


def test_a_lost_file_is_loaded_again(store):
    frames = {"labs": sample(LABS)}
    refs = store.save_source("a", "f1", frames, *papers("a"))
    store.active_paths()["labs"][0].unlink()
    assert not store.is_loaded("a", "f1")
    assert store.save_source("a", "f1", frames, *papers("a")) == refs
    assert store.is_loaded("a", "f1")


def test_a_broken_byte_in_quarantine_does_not_stop_ingestion(store):
    store.save_source("a", "f1", {}, *papers("a", value="12\0 kg"))
    assert store.quarantine()["value"].tolist() == ["12\ufffd kg"]


def test_names_that_do_not_fit_are_refused(store):
    good = papers("a")
    for source, frames, (report, quarantine), words in (
        ("../a", {}, papers("../a"), "cannot name a source"),
        ("a", {"nonsense": sample(LABS)}, good, "unknown tables nonsense"),
        ("a", {}, (good[0], papers("b")[1]), "speaks of b"),
        ("a", {}, (papers("b")[0], good[1]), "speaks of b"),
    ):
        with pytest.raises(UsageError, match=words):
            store.save_source(source, "f1", frames, report, quarantine)
    assert len(store.sources()) == 0


def _load(place, source):
    with place.open() as store:
        store.save_source(source, "f1", {"labs": sample(LABS)}, *papers(source))


def test_two_processes_load_at_once(place):
    assert in_processes(_load, (place, "a"), (place, "a"), (place, "b")) == [0, 0, 0]
    with place.open() as store:
        assert store.sources()["source"].tolist() == ["a", "b"]
        assert store.ingest_report()["source"].tolist() == ["a", "b"]
