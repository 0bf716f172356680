"""HL7 v2: results arrive under their patient, corrections replace, and a broken segment costs only itself."""

import pandas as pd
import pytest

from hemoflow.connectors import hl7v2
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.domain.errors import InputError

NAMES = Pseudonymiser(b"a key for tests only")
HEAD = [
    r"MSH|^~\&|LIS|LAB|EHR|HOSP|20241015071500+0000||ORU^R01|1|P|2.5.1", "PID|1||MRN-1^^^HOSP||DOE^JANE||19500203|F",
    "OBR|1||F-1|58410-2^CBC^LN|||202410150640|||||||||||||||202410150700||HM|F",
]  # fmt: skip


def obx(value="7.8", unit="g/dL", code="718-7^Hemoglobin^LN", status="F"):
    return f"OBX|1|NM|{code}||{value}|{unit}|12-16|L|||{status}"


def load(folder, *segments, end="\r"):
    (folder / "a.hl7").write_bytes((end.join(segments) + end).encode())
    return hl7v2.load(folder, NAMES)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_a_result_is_read_with_its_patient_and_times(tmp_path, end):
    loaded = load(
        tmp_path, *HEAD, obx("78", "g/L"), obx("250", "10*9/L", "PLT^Platelets^L^777-3^Platelets^LN"), end=end
    )
    labs = loaded.frames["labs"].set_index("code")
    assert labs.loc["haemoglobin", "value"] == 7.8
    assert labs.loc["platelets", "value"] == 250
    assert labs.loc["haemoglobin", "taken_at"] == pd.Timestamp("2024-10-15 06:40", tz="UTC")
    assert labs.loc["haemoglobin", "available_at"] == pd.Timestamp("2024-10-15 07:00", tz="UTC")
    assert loaded.frames["patients"][["sex", "birth_year"]].to_numpy().tolist() == [["F", 1950]]
    assert "MRN-1" not in loaded.frames["patients"].to_csv() + labs.to_csv()


def test_a_later_message_corrects_an_earlier_one(tmp_path):
    later = [segment.replace("202410150700", "202410150900") for segment in HEAD]
    loaded = load(tmp_path, *HEAD, obx("7.8"), *later, obx("8.7", status="C"))
    assert loaded.frames["labs"]["value"].tolist() == [8.7]


@pytest.mark.parametrize(
    ("segment", "field"),
    [(obx("twelve"), "value"), (obx("1e9"), "value"), (obx(unit="furlong"), "unit"), (obx(status="X"), "status")],
)
def test_a_broken_result_costs_only_itself(tmp_path, segment, field):
    loaded = load(tmp_path, *HEAD, segment, obx("250", "10*9/L", "777-3^Platelets^LN"))
    assert loaded.frames["labs"]["code"].tolist() == ["platelets"]
    assert loaded.quarantine[["file", "row_number", "field"]].to_numpy().tolist() == [["a.hl7", 4, field]]


def test_a_segment_without_a_message_is_named(tmp_path):
    loaded = load(tmp_path, obx(), *HEAD, obx())
    assert len(loaded.frames["labs"]) == 1
    assert loaded.quarantine["reason"].tolist() == ["a segment before any message header (MSH)"]


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"\.hl7"):
        hl7v2.load(tmp_path, NAMES)
