"""Sources by kind: found, fingerprinted, loaded, and summed up for programs."""

import gzip
import shutil

import pandas as pd
import pytest

from hemoflow.connectors import registry
from hemoflow.connectors.kinds import KINDS
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.domain.errors import UsageError
from hemoflow.reports.data_health import ingest_summary
from hemoflow.settings import REPOSITORY

DATA = REPOSITORY / "data"
NAMES = Pseudonymiser(b"a key for tests only")
RECORDS = {"fhir-r4": "Observation.ndjson.gz", "omop-cdm": "MEASUREMENT.csv.gz"}


@pytest.mark.parametrize("kind", RECORDS)
def test_a_source_is_found_and_loaded_under_its_own_name(kind):
    source = registry.source_of(kind, registry.shipped_folder(kind, DATA))
    assert source.names == (kind,)
    ((name, loaded),) = source.load(NAMES, seed=1)
    assert name == kind
    assert set(loaded.frames["labs"]["source"]) == {kind}


@pytest.mark.parametrize(("kind", "file"), RECORDS.items())
def test_a_fingerprint_changes_with_the_files_and_the_key_only(tmp_path, kind, file):
    folder = tmp_path / "copy"
    shutil.copytree(registry.shipped_folder(kind, DATA), folder)
    source = registry.source_of(kind, folder)
    before = source.fingerprint(NAMES, 1)
    (folder / "notes.txt").write_text("no data")
    assert source.fingerprint(NAMES, 1) == before
    assert source.fingerprint(Pseudonymiser(b"another key for tests"), 1) != before
    text = gzip.decompress((folder / file).read_bytes())
    (folder / file).write_bytes(gzip.compress(text.replace(b"7", b"8", 1), mtime=0))
    assert source.fingerprint(NAMES, 1) != before


def test_registered_sources_come_back_as_written(tmp_path):
    sources = [
        *(registry.source_of(kind, DATA) for kind in KINDS),
        registry.source_of("eicu", DATA, "2024-10-15T06:00Z"),
        registry.source_of("omop-cdm", "sqlite:////tmp/cdm.db"),
    ]
    registry.write_sources(tmp_path, sources)
    assert registry.registered(tmp_path, DATA) == sources
    with pytest.raises(UsageError, match="demo-region, mimic-iv, fhir-r4, omop-cdm, eicu"):
        registry.source_of("stars", DATA)


def test_a_kind_without_shipped_data_asks_for_a_folder():
    with pytest.raises(UsageError, match="--path"):
        registry.shipped_folder("eicu", DATA)


def test_the_summary_adds_up_sources_and_ranks_reasons():
    counts = ["source", "table_name", "read_rows", "loaded_rows", "quarantined_rows", "duplicate_rows"]
    report = pd.DataFrame(
        [["a", "labs", 10, 7, 2, 1], ["b", "labs", 5, 5, 0, 0], ["a", "drugs", 1, 0, 1, 0]], columns=counts
    )
    quarantine = pd.DataFrame({"reason": ["missing", "not a number", "late", "not a number"]})
    summary = ingest_summary(report, quarantine)
    assert summary == {
        "tables": {
            "drugs": {"read": 1, "loaded": 0, "quarantined": 1, "duplicates": 0},
            "labs": {"read": 15, "loaded": 12, "quarantined": 2, "duplicates": 1},
        },
        "reasons": {"not a number": 2, "late": 1, "missing": 1},
    }
    assert list(summary["reasons"]) == ["not a number", "late", "missing"]
