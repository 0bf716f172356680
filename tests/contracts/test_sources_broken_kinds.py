"""Every kind of source meets the same broken files: no crash, every row accounted for, the file named, people stay."""

import gzip
import random

import pytest

from hemoflow.connectors.kinds import KINDS
from hemoflow.connectors.pseudonyms import Pseudonymiser
from tests.eicu_sample import write_eicu
from tests.site_sample import (
    write_canonical,
    write_fhir,
    write_laboratory,
    write_messages,
    write_mimic,
    write_templates,
)

NAMES = Pseudonymiser(b"a key for tests only")


# kind: (how a folder of it is written, its file of results)
FOLDERS = {
    "fhir-r4": (write_fhir, "Observation.ndjson"),
    "mimic-iv": (write_mimic, "hosp/labevents.csv"),
    "eicu": (write_eicu, "lab.csv"),
    "templates": (write_templates, "labs.csv"),
    "laboratory": (write_laboratory, "results.csv"),
    "hl7-v2": (write_messages, "day.hl7"),
    "canonical": (write_canonical, "labs.csv"),
}


def rewrite(change):
    def _spoil(path):
        path.write_bytes(change(path.read_bytes()))
        return path.name

    return _spoil


def folder_instead(path):
    path.unlink()
    path.mkdir()
    return path.name


def packed(change):
    def _spoil(path):
        data = path.read_bytes()
        path.unlink()
        path.with_name(f"{path.name}.gz").write_bytes(change(data))
        return f"{path.name}.gz"

    return _spoil


SPOILT = {
    "empty": rewrite(lambda data: b""),
    "UTF-16": rewrite(lambda data: data.decode().encode("utf-16")),
    "NULs": rewrite(lambda data: b"\0" * 3000),
    "noise": rewrite(lambda data: random.Random(1).randbytes(3000)),
    "a page of HTML": rewrite(lambda data: b"<html><body>404 Not Found</body></html>\n"),
    "a folder": folder_instead,
    "cut": packed(lambda data: gzip.compress(data, mtime=0)[:60]),
    "packed in name only": packed(lambda data: data),
}


def loaded(kind, folder):
    ((_, found),) = KINDS[kind].load(folder, NAMES, 1)
    report = found.report
    sums = report["loaded_rows"] + report["quarantined_rows"] + report["duplicate_rows"]
    assert (report["read_rows"] == sums).all()
    assert (found.quarantine[["file", "reason", "remedy"]].map(len) > 0).all(axis=None)
    return found


@pytest.mark.parametrize("spoilt", SPOILT)
@pytest.mark.parametrize("kind", FOLDERS)
def test_a_broken_file_of_any_kind_is_named(tmp_path, kind, spoilt):
    write, file = FOLDERS[kind]
    write(tmp_path / "source")
    name = SPOILT[spoilt](tmp_path / "source" / file)
    found = loaded(kind, tmp_path / "source")
    assert any(name in file for file in found.quarantine["file"]), found.quarantine
    if "labs" in found.frames and kind != "templates":
        assert found.frames["labs"].empty


@pytest.mark.parametrize("kind", [kind for kind in FOLDERS if kind not in {"hl7-v2", "canonical"}])
def test_impossible_numbers_and_dates_cost_only_their_row(tmp_path, kind):
    write, file = FOLDERS[kind]
    write(tmp_path / "source")
    whole = loaded(kind, tmp_path / "source").frames["labs"]
    path = tmp_path / "source" / file
    lines = path.read_text().splitlines()
    at = next(number for number, line in enumerate(lines) if ("718-7" in line) or "g/" in line)
    for old, new in (
        ("8.1", "1e300"),
        ("7.8", "-1e300"),
        (",70,", ",1e9,"),
        ("2024", "9999"),
        ("2150", "0000"),
        ("2567", "9999"),
    ):
        lines[at] = lines[at].replace(old, new)
    path.write_text("\n".join(lines) + "\n")
    found = loaded(kind, tmp_path / "source")
    assert len(found.frames["labs"]) == len(whole) - 1
    assert found.quarantine["row_number"].nunique() == 1


def test_a_single_file_is_read_like_a_folder_that_holds_it(tmp_path):
    write_messages(tmp_path)
    assert len(loaded("hl7-v2", tmp_path / "day.hl7").frames["labs"]) == 44
    write_laboratory(tmp_path)
    assert len(loaded("laboratory", tmp_path / "results.csv").frames["labs"]) == 22
