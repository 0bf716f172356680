"""Notes in the layout of MIMIC-IV-Note: long texts, their stay, when they are known, and what cannot be used."""

import gzip

from tests.unit.test_connectors_mimic_rows import at, faults, load

HEADER = "note_id,subject_id,hadm_id,note_type,note_seq,charttime,storetime,text"
GOOD = (
    '90000001-DS-1,90000001,80000001,DS,1,2150-05-09 00:00:00,2150-05-10 09:00:00,"Chief complaint: ""weakness""\n\n'
    'No melaena, but\nfresh bleeding."'
)


def put(folder, stem, *rows):
    path = folder / f"{stem}.csv.gz"
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(gzip.compress("\n".join([HEADER, *rows, ""]).encode()))


def test_a_text_of_many_lines_is_one_note_known_when_stored(tmp_path):
    other = "90000009-DS-1,90000009,80000009,DS,1,2150-05-09 00:00:00,2150-05-10 09:00:00,of nobody here"
    put(tmp_path, "note/discharge", GOOD, other)
    put(tmp_path, "note/radiology", "90000001-RR-1,90000001,,RR,1,2150-05-03 07:00:00,2150-05-03 08:00:00,No effusion.")
    loaded = load(tmp_path)
    notes = loaded.frames["notes"].sort_values("written_at").reset_index(drop=True)
    assert notes["kind"].tolist() == ["radiology report", "discharge summary"]
    assert notes["body"].iloc[1] == 'Chief complaint: "weakness"\n\nNo melaena, but\nfresh bleeding.'
    assert notes["available_at"].tolist() == [at("2150-05-03 08:00"), at("2150-05-10 09:00")]
    assert notes["encounter_id"].isna().tolist() == [True, False]
    assert set(notes["patient_id"]) == set(loaded.frames["patients"]["patient_id"])
    assert not notes["note_id"].str.contains("90000001").any()
    assert faults(loaded, "notes") == []


def test_without_notes_there_is_no_table_and_a_bad_row_is_named(tmp_path):
    assert "notes" not in load(tmp_path / "without").frames
    put(
        tmp_path, "discharge", GOOD, "90000001-XX-2,90000001,80000001,XX,2,2150-05-09 00:00:00,,text", "1,2",
        "90000001-DS-3,90000001,80000001,DS,3,2150-05-09 00:00:00,,",
    )  # fmt: skip
    loaded = load(tmp_path)
    assert len(loaded.frames["notes"]) == 1
    assert faults(loaded, "notes") == [
        (6, "note_type: must be one of AD, AR, DS, RR"),
        (7, "line: 2 fields instead of 8"),
        (8, "text: missing"),
    ]
