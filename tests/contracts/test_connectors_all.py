"""The contract of every connector, whatever it reads: the same promises, tested on the shipped data."""

import gzip
import json
import re
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pandas as pd
import pytest

from hemoflow.connectors import eicu, fhir, hl7v2, mimic, omop, region, sheets
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.frames import conform
from hemoflow.schemas.published import INGEST_REPORT, QUARANTINE
from hemoflow.settings import REPOSITORY
from tests.eicu_sample import IDENTIFIERS as EICU_IDENTIFIERS
from tests.eicu_sample import write_eicu
from tests.site_sample import IDENTIFIERS as SITE_IDENTIFIERS
from tests.site_sample import write_laboratory, write_messages, write_templates

DATA = REPOSITORY / "data"
MIMIC, FHIR, OMOP = DATA / "mimic-iv-demo", DATA / "synthea-fhir-r4", DATA / "synthea-omop-5.4"
NAMES, OTHER_NAMES = Pseudonymiser(b"a key for tests only"), Pseudonymiser(b"another key for tests")
SMALL = replace(region.DEMO, population=100_000, first_on=date(2024, 9, 16))


@cache
def of_region(names):
    return dict(region.load_region(DATA, names, seed=3, region=SMALL))


@cache
def made(write):
    """A folder that holds a made-up delivery."""
    return write(Path(mkdtemp(prefix="delivery-")))


LOADERS = {
    "mimic-iv": lambda names: mimic.load(MIMIC, names, window=None, seed=3),
    "malaysia-donations": lambda names: of_region(names)["malaysia-donations"],
    "synthetic-region": lambda names: of_region(names)["synthetic-region"],
    "fhir-r4": lambda names: fhir.load(FHIR, names),
    "omop-cdm": lambda names: omop.load(OMOP, names),
    "eicu": lambda names: eicu.load(made(write_eicu), names),
    "templates": lambda names: sheets.load_templates(made(write_templates), names),
    "laboratory": lambda names: sheets.load_laboratory(made(write_laboratory), names),
    "hl7-v2": lambda names: hl7v2.load(made(write_messages), names),
}


@cache
def load_once(source, names=NAMES):
    return LOADERS[source](names)


CLINICAL = ["mimic-iv", "fhir-r4", "omop-cdm", "eicu", "templates", "laboratory", "hl7-v2"]


@pytest.fixture(scope="module", params=LOADERS)
def source(request):
    return request.param


@pytest.fixture(scope="module")
def loaded(source):
    return load_once(source)


def frames_of(loaded):
    return {**loaded.frames, "quarantine": loaded.quarantine, "report": loaded.report}


def test_every_frame_fits_its_layout_and_its_key_is_unique(loaded):
    for name, frame in loaded.frames.items():
        pd.testing.assert_frame_equal(conform(frame, CANONICAL[name]), frame)
        assert not frame.duplicated(list(CANONICAL[name].key)).any(), name
    pd.testing.assert_frame_equal(conform(loaded.quarantine, QUARANTINE), loaded.quarantine)
    pd.testing.assert_frame_equal(conform(loaded.report, INGEST_REPORT), loaded.report)


def test_every_row_says_where_it_came_from(source, loaded):
    for name, frame in loaded.frames.items():
        assert set(frame["source"]) <= {source}, name
    assert set(loaded.report["source"]) == {source}


def test_nothing_is_lost(loaded):
    report = loaded.report
    assert report["read_rows"].sum() > 0
    accounted = report["loaded_rows"] + report["quarantined_rows"] + report["duplicate_rows"]
    assert (report["read_rows"] == accounted).all()
    lines = loaded.quarantine.drop_duplicates(["table_name", "file", "row_number"]).groupby("table_name").size()
    expected = report.set_index("table_name")["quarantined_rows"]
    assert lines.reindex(expected.index, fill_value=0).tolist() == expected.tolist()


def test_loading_twice_gives_the_same(source, loaded):
    of_region.cache_clear()
    again = LOADERS[source](NAMES)
    assert again.notes == loaded.notes
    assert list(again.frames) == list(loaded.frames)
    for name, frame in frames_of(loaded).items():
        pd.testing.assert_frame_equal(frame, frames_of(again)[name])


def test_no_result_is_known_before_it_happened(loaded):
    happened = {
        "labs": "taken_at",
        "encounters": "started_at",
        "transfusions": "started_at",
        "requests": "requested_at",
    }
    for name, column in happened.items():
        if name in loaded.frames:
            frame = loaded.frames[name]
            assert (frame["available_at"] >= frame[column]).all(), name


@pytest.mark.parametrize("clinical", CLINICAL)
def test_another_key_changes_every_pseudonym_and_nothing_else(clinical):
    ours, theirs = load_once(clinical), load_once(clinical, OTHER_NAMES)
    for name, frame in ours.frames.items():
        names = [column for column in frame if column.endswith("_id") and column != "site_id"]
        other = theirs.frames[name]
        rest = [column for column in frame if column not in names]
        assert not set(frame[names].to_numpy().ravel()) & set(other[names].to_numpy().ravel()) - {pd.NA}, name
        by = [column for column in rest if frame[column].notna().all()]
        left, right = (each[rest].sort_values(by, ignore_index=True) for each in (frame, other))
        pd.testing.assert_frame_equal(left[by], right[by])


def fhir_identifiers():
    found = set()
    for path in FHIR.glob("*.ndjson.gz"):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            resources = [json.loads(line) for line in lines]
        found |= {resource["id"] for resource in resources}
        if path.name.startswith("Patient"):
            texts = [resource["identifier"] + resource["telecom"] for resource in resources]
            found |= {entry["value"] for entries in texts for entry in entries}
            found |= {name["family"] for resource in resources for name in resource["name"]}
    return found


def omop_identifiers():
    return set(pd.read_csv(OMOP / "PERSON.csv", dtype=str)["person_source_value"])


def mimic_identifiers():
    return set(
        pd.read_csv(MIMIC / "hosp" / "admissions.csv.gz", dtype=str)[["subject_id", "hadm_id"]].to_numpy().ravel()
    )


@pytest.mark.parametrize(
    ("clinical", "identifiers"),
    [
        ("mimic-iv", mimic_identifiers),
        ("fhir-r4", fhir_identifiers),
        ("omop-cdm", omop_identifiers),
        ("eicu", lambda: EICU_IDENTIFIERS),
        *((site, lambda: SITE_IDENTIFIERS) for site in ("templates", "laboratory", "hl7-v2")),
    ],
)
def test_no_identifier_of_the_source_is_in_any_output(clinical, identifiers):
    loaded = load_once(clinical)
    raw = identifiers()
    assert len(raw) > 20
    words = set()
    for frame in frames_of(loaded).values():
        for column in frame.select_dtypes("string"):
            words |= {word for text in frame[column].dropna().unique() for word in re.split(r"[\s,;()]+", text)}
    assert not raw & words
    assert not any(identifier in note for identifier in raw for note in loaded.notes)


@pytest.mark.parametrize("clinical", CLINICAL)
def test_patients_of_all_tables_are_among_the_patients(clinical):
    frames = load_once(clinical).frames
    patients = set(frames["patients"]["patient_id"])
    for name, frame in frames.items():
        if "patient_id" in frame:
            assert set(frame["patient_id"].dropna()) <= patients, name
    told = frames["patients"]["blood_group"].notna()
    assert told.all() if clinical == "templates" else not told.any(), "only requests of this site tell the group"
