"""Notes on their way to routing: what is newest, what asks for a person, and that a note opens nothing."""

import pandas as pd
import pytest

from hemoflow.asof import duck
from models.notes import findings, mentions, note_reasons
from tests.routing_sample import place, team_days
from tests.spec.asof_world import CUT, World, at
from tests.unit.test_routing_routes import cohort, segments_of


def notes(*bodies, patient="p0", first="2024-10-01"):
    """Notes of a patient, one a day."""
    written = pd.date_range(first, periods=len(bodies), tz="UTC")
    told = {"patient_id": patient, "source": "ward", "written_at": written, "available_at": written, "body": bodies}
    return pd.DataFrame({**told, "note_id": [f"n{k}" for k in range(len(bodies))]})


def found_in(notes):
    return findings(mentions(notes))


def routed(profiles, body):
    """The row of ROUTES of the only patient, with a note."""
    need = profiles[["patient_id"]].assign(haemoglobin_age_hours=20.0, expected_8d_units=1.0)
    written = found_in(notes(body, patient=profiles["patient_id"].iloc[0]))
    found, _ = place(profiles, segments_of(profiles), need, team_days((480,) * 4), notes=written)
    return found.iloc[0]


def test_the_newest_mention_of_a_concept_with_an_assertion_stands():
    found = found_in(notes("Melaena yesterday.", "No melaena.", "Melaena again after lunch."))
    assert found[["concept", "assertion", "note_id"]].to_numpy().tolist() == [
        ["melaena", "negated", "n1"],
        ["melaena", "present", "n2"],
    ]
    assert found["evidence"].tolist() == ["No melaena.", "Melaena again after lunch."]
    assert found["asks_review"].tolist() == [False, True]
    assert found_in(notes()).empty


def test_evidence_is_a_few_words_not_the_note():
    body = "one two three four five six seven melaena one two three four five six seven"
    (evidence,) = found_in(notes(body))["evidence"]
    assert evidence == "two three four five six seven melaena one two three four five six"


def test_reasons_name_concept_assertion_day_and_words_of_each_patient():
    both = pd.concat(
        [notes("Possible melaena."), notes("Known anti-K.", patient="p1"), notes("No bleeding.", patient="p2")]
    )
    said = note_reasons(found_in(both)).to_dict()
    assert said == {
        "p0": "melaena (uncertain, note of 2024-10-01: “Possible melaena.”)",
        "p1": "alloantibody (present, note of 2024-10-01: “Known anti-K.”)",
    }


def test_a_note_moves_a_patient_from_home_to_review_and_shows_its_words():
    assert routed(cohort(), "Well, no bleeding, no melaena.")["route"] == "HOME"
    row = routed(cohort(), "Passed black stools on Tuesday.")
    assert (row["route"], row["gates_unknown"], row["needs_review"]) == ("REVIEW", "notes", True)
    assert "black stools on Tuesday" in row["reason"]
    assert "a person has read the note" in row["would_change"]


@pytest.mark.parametrize("body", ["No bleeding at all.", "No transfusion reaction ever.", "Well.", "Fresh bleeding."])
@pytest.mark.parametrize(
    "closed",
    [{"is_actively_bleeding": True}, {"has_home_consent": None}, {"antibodies": "anti-K"}, {"is_home_safe": False}],
)
def test_no_note_opens_what_the_record_closes(closed, body):
    assert routed(cohort(**closed), body)["route"] != "HOME"


def test_only_notes_known_at_the_cut_and_not_too_old_are_read(tmp_path):
    world = World(tmp_path)
    for written, arrived in (
        ("2024-10-30 09:00", "2024-10-30 10:00"), ("2024-10-30 09:00", "2024-11-02 10:00"),
        ("2024-11-01 09:00", "2024-11-01 09:00"), ("2024-09-30 09:00", "2024-09-30 09:00"),
    ):  # fmt: skip
        world.add("notes", written_at=at(written), available_at=at(arrived), body="Melaena.")
    with world.view(CUT) as view:
        for days, read in ((30, ["notes0000"]), (60, ["notes0003", "notes0000"])):
            view.read_notes(mentions, days)
            assert view.mentions(90)["note_id"].tolist() == read
        assert view.mentions(30)["note_id"].tolist() == ["notes0000"]


def test_notes_are_read_some_at_a_time_with_the_same_answer(tmp_path, monkeypatch):
    world = World(tmp_path).add("patients", patient_id="p")
    for day in range(1, 7):
        world.add("notes", written_at=at(f"2024-10-{day:02d} 09:00"), body=f"Melaena. No bleeding, visit {day}.")
    read, found = [], []
    for some in (4, 100):
        monkeypatch.setattr(duck, "SOME_ROWS", some)
        with world.view(CUT) as view:
            view.read_notes(lambda notes: mentions(notes).assign(start=read.append(len(notes)) or 0))
            found.append((view.mentions(90), view.need_features(pd.DataFrame({"patient_id": "p", "cut_at": [CUT]}))))
    assert read == [4, 2, 6]
    for one, other in zip(*found, strict=True):
        pd.testing.assert_frame_equal(one, other)
    assert len(found[0][0]) == 12
