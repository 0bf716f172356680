"""Whatever stands between the good lines of a FHIR or OMOP file, and in whatever order, the good rows arrive."""

import json
import random
import shutil
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hemoflow.connectors import fhir, omop
from hemoflow.connectors.cohort import LAST_DAY, Cohort, Names
from hemoflow.connectors.fhir import records
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import read_lines
from hemoflow.settings import REPOSITORY

NAMES = Pseudonymiser(b"a key for tests only")
DATA = REPOSITORY / "data"
COHORT = Cohort(
    Names("fhir-r4", "subject_id", "encounter_id", NAMES, LAST_DAY),
    frozenset({NAMES.pseudonym("p", "fhir-r4", "P-1")}),
    pd.Series(dtype="string"),
)
GOOD = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
    "subject": {"reference": "Patient/P-1"},
    "effectiveDateTime": "2024-05-02T08:00:00Z",
    "valueQuantity": {"value": 7.5, "code": "g/dL"},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, "coding"]), inner, max_size=4),
    max_leaves=8,
)
BROKEN = st.binary(max_size=30).map(lambda data: data.replace(b"\n", b"")) | st.dictionaries(
    st.sampled_from(list(GOOD)), JSON, max_size=7
).map(lambda odd: json.dumps({**GOOD, **odd, "id": "odd"}).encode())


def lines_of(path):
    return [line[1] for line in read_lines(path.parent, path)]


@settings(deadline=None, max_examples=30)
@given(st.lists(BROKEN, max_size=8), st.randoms(use_true_random=False))
def test_no_line_costs_another_one_or_a_crash(broken, dice):
    good = [json.dumps({**GOOD, "id": f"O-{number}"}).encode() for number in range(3)]
    lines = good + broken
    dice.shuffle(lines)
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "Observation.ndjson").write_bytes(b"\n".join(lines) + b"\n")
        labs, intake = records.labs(Path(name), COHORT)
    expected = {NAMES.pseudonym("lab", "fhir-r4", f"O-{number}") for number in range(3)}
    assert expected <= set(labs["lab_id"])
    report = intake.report
    lost = report["read_rows"] - report["loaded_rows"] - report["quarantined_rows"] - report["duplicate_rows"]
    assert lost == 0
    assert len(labs) == report["loaded_rows"]


@pytest.mark.parametrize(
    ("reader", "folder", "ending", "header_lines"),
    [(fhir, "synthea-fhir-r4", ".ndjson", 0), (omop, "synthea-omop-5.4", ".csv", 1)],
)
def test_the_order_of_lines_changes_nothing(tmp_path, reader, folder, ending, header_lines):
    for path in sorted((DATA / folder).glob(f"*{ending}*")):
        lines = lines_of(path)
        body = lines[header_lines:]
        random.Random(path.name).shuffle(body)
        whole = "".join(line.rstrip("\n") + "\n" for line in lines[:header_lines] + body)
        (tmp_path / f"{path.name.split('.')[0]}{ending}").write_text(whole, encoding="utf-8")
    shuffled, usual = reader.load(tmp_path, NAMES), reader.load(DATA / folder, NAMES)
    for name, frame in usual.frames.items():
        pd.testing.assert_frame_equal(shuffled.frames[name], frame)
    shutil.rmtree(tmp_path)
