"""Deliberately broken files of all kinds: no crash, no good row lost, each fault named without an identifier."""

import gzip
import json
import zipfile
import zlib

import pytest

from hemoflow.connectors import eicu, fhir, sheets
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.sheets.layouts import TEMPLATES
from tests.eicu_sample import FILES, write_eicu

NAMES = Pseudonymiser(b"a key for tests only")
HEADER = "labid,patientunitstayid,labresultoffset,labname,labresult,labmeasurenamesystem"
GOOD = ["1,7001,5,Hgb,9.1,g/dL", "2,7003,6,Hgb,8.2,g/dL", "3,7004,7,Hct,30,%"]


def text(*lines, header=HEADER, end="\n"):
    return (end.join([header, *lines]) + end).encode()


def row(**changes):
    names = HEADER.split(",")
    values = dict(zip(names, ["9", "7001", "5", "Hgb", "9", "g/dL"], strict=True)) | changes
    return ",".join(values[name] for name in names)


def with_bad(line):
    """The good rows with a bad one between them."""
    return text(GOOD[0], line, *GOOD[1:])


def bomb():
    """A gzip file that unpacks to 80 MB of nothing."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = packer.compress(text(*GOOD)) + b"".join(packer.compress(b"0" * 2**20) for _ in range(80))
    return packed + packer.flush()


PACKED = gzip.compress(text(*GOOD, *[row(labid=str(number)) for number in range(100, 3000)]), mtime=0)

# name: (bytes, file name, good rows that must arrive, faults that must be named)
ROWS_WITH_A_FAULT = {
    "a missing identifier": row(labid=""),
    "NaN for the stay": row(patientunitstayid="NaN"),
    "an unknown stay": row(patientunitstayid="123456789"),
    "columns swapped": "7001,9,g/dL,Hgb,5,9",
    "a negative haemoglobin": row(labresult="-9"),
    "a haemoglobin of a billion": row(labresult="1e9"),
    "not a number": row(labresult="twelve"),
    "infinity": row(labresult="inf"),
    "NaN for the result": row(labresult="NaN"),
    "a decimal comma": row(labresult='"9,1"'),
    "an unknown unit": row(labmeasurenamesystem="furlong"),
    "a unit of another quantity": row(labmeasurenamesystem="kg"),
    "a date far ahead": row(labresultoffset="999999999"),
    "a date far back": row(labresultoffset="-999999999"),
    "a date for an offset": row(labresultoffset="2099-01-01"),
    "a formula": row(labresult="=HYPERLINK(1)"),
    "a formula with cmd": row(labresult="+cmd|' /C calc'!A0"),
    "a script": row(labresult="<script>alert(1)</script>"),
    "too few fields": "9,7001,5",
    "too many fields": row() + ",more,fields",
    "an open quotation mark": row(labmeasurenamesystem='"g/dL'),
    "quotation marks inside": row(labmeasurenamesystem='"g"/dL'),
    "the header once more": HEADER.replace("labname", "Hgb"),
    "a huge field": row(labresult="9" * 200_000),
    "an emoji": row(labresult="\N{DROP OF BLOOD}"),
    "a NUL": row(labresult="9\0"),
    "SQL": row(patientunitstayid="7001'; DROP TABLE labs;--"),
}
FILES_WITH_A_FAULT = {
    "Latin-1 in one row": (with_bad("").replace(b"\n\n", b"\n9,7001,5,Hgb,9,g/d\xd8\n"), "lab.csv", 3, 1),
    "UTF-16": (text(*GOOD).decode().encode("utf-16"), "lab.csv", 0, 1),
    "an empty file": (b"", "lab.csv", 0, 1),
    "only blank lines": (b"\n\n\n", "lab.csv", 0, 1),
    "binary": (bytes(range(256)) * 40, "lab.csv", 0, 1),
    "a missing column": (text("1,2", header="labid,labname"), "lab.csv", 0, 1),
    "another separator": (text(*GOOD).replace(b",", b";"), "lab.csv", 0, 1),
    "a cut gzip file": (PACKED[: len(PACKED) // 2], "lab.csv.gz", 3, 1),
    "a gzip file in name only": (text(*GOOD), "lab.csv.gz", 0, 1),
    "a gzip bomb": (bomb(), "lab.csv.gz", 0, 1),
    "a line over 16 MiB": (with_bad("9" * (2**24 + 2**20)), "lab.csv", 3, 1),
    "one key with two contents": (text(*GOOD, row(labid="8"), row(labid="8", labresult="10")), "lab.csv", 3, 2),
    "a zip archive": (b"PK\x03\x04" + bytes(60), "lab.csv", 0, 1),
}
FILES_WITHOUT_A_FAULT = {
    "a byte order mark": b"\xef\xbb\xbf" + text(*GOOD),
    "Windows line ends": text(*GOOD, end="\r\n"),
    "no newline at the end": text(*GOOD).rstrip(b"\n"),
    "blank lines between": text(GOOD[0], "", *GOOD[1:], ""),
    "columns in another sequence and case": text(
        *(",".join(reversed(line.split(","))) for line in GOOD), header=",".join(reversed(HEADER.upper().split(",")))
    ),
    "more columns": text(*(f"{line},x" for line in GOOD), header=HEADER + ",extra"),
    "exact repeats": text(*GOOD, *GOOD),
    "quotation marks everywhere": text(*(",".join(f'"{cell}"' for cell in line.split(",")) for line in GOOD)),
}


def load(folder, data, name="lab.csv"):
    write_eicu(folder, {file: lines for file, lines in FILES.items() if file != "lab.csv"})
    (folder / name).write_bytes(data)
    return eicu.load(folder, NAMES)


def checked(loaded, good, faults):
    """The promises that hold for every file."""
    labs = loaded.frames["labs"]
    arrived = {NAMES.pseudonym("lab", "eicu", line.split(",")[0]) for line in GOOD}
    assert len(arrived & set(labs["lab_id"])) == good
    report = loaded.report.set_index("table_name").loc["labs"]
    assert report["read_rows"] == report["loaded_rows"] + report["quarantined_rows"] + report["duplicate_rows"]
    about = loaded.quarantine[loaded.quarantine["table_name"] == "labs"]
    assert about["row_number"].nunique() == faults
    assert (about[["file", "field", "reason", "remedy"]].map(len) > 0).all(axis=None)
    assert not about["value"].fillna("").str.contains("123456789|7001").any()


def test_there_are_at_least_thirty_kinds():
    assert len(ROWS_WITH_A_FAULT) + len(FILES_WITH_A_FAULT) + len(FILES_WITHOUT_A_FAULT) + 4 >= 50


@pytest.mark.parametrize("line", ROWS_WITH_A_FAULT.values(), ids=ROWS_WITH_A_FAULT)
def test_a_broken_row_costs_only_itself(tmp_path, line):
    loaded = load(tmp_path, with_bad(line))
    if "labname" in HEADER and line.split(",")[3:4] != ["Hgb"] and line.count(",") == HEADER.count(","):
        checked(loaded, 3, 0)  # another analyte: the row is not asked for
    else:
        checked(loaded, 3, 1)


@pytest.mark.parametrize("case", FILES_WITH_A_FAULT.values(), ids=FILES_WITH_A_FAULT)
def test_a_broken_file_gives_its_good_rows_and_a_fault(tmp_path, case):
    data, name, good, faults = case
    checked(load(tmp_path, data, name), good, faults)


@pytest.mark.parametrize("data", FILES_WITHOUT_A_FAULT.values(), ids=FILES_WITHOUT_A_FAULT)
def test_odd_but_whole_files_load(tmp_path, data):
    checked(load(tmp_path, data), 3, 0)


def test_a_broken_file_of_patients_says_why_nothing_else_arrives(tmp_path):
    write_eicu(tmp_path)
    (tmp_path / "patient.csv").write_bytes(b"\x1f\x8b\x00")
    loaded = eicu.load(tmp_path, NAMES)
    assert all(frame.empty for frame in loaded.frames.values())
    assert "patient.csv" in set(loaded.quarantine["file"])


def test_workbooks_that_are_bombs_or_no_workbooks_are_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "stock.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (70 * 2**20))
    (tmp_path / "stock 2.xlsx").write_bytes(bytes(range(256)))
    header = ",".join(field.name for field in TEMPLATES["stock"])
    (tmp_path / "stock.csv").write_text(f"{header}\nW1,prc,O+,2024-10-01,2024-11-11,H,no,,,\n")
    loaded = sheets.load_templates(tmp_path, NAMES)
    assert len(loaded.frames["units"]) == 1
    reasons = dict(zip(loaded.quarantine["file"], loaded.quarantine["reason"], strict=True))
    assert reasons == {
        "stock.xlsx": "unpacks to over 100 times its size",
        "stock 2.xlsx": "is no workbook that can be read",
    }


def test_a_gzip_bomb_of_resources_is_named(tmp_path):
    patient = {"resourceType": "Patient", "id": "1", "gender": "male", "birthDate": "1950"}
    (tmp_path / "Patient.ndjson").write_text(json.dumps(patient) + "\n")
    (tmp_path / "Observation.ndjson.gz").write_bytes(bomb())
    (tmp_path / "Condition.ndjson").write_bytes(bytes(range(256)))
    loaded = fhir.load(tmp_path, NAMES)
    assert len(loaded.frames["patients"]) == 1
    assert {"Observation.ndjson.gz", "Condition.ndjson"} <= set(loaded.quarantine["file"])
