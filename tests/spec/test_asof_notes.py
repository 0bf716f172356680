"""What notes say as features of need: known when received, for a number of days, and missing where nobody writes."""

import pandas as pd
import pytest

from models.need.features import FEATURES
from models.notes import mentions
from tests.spec.asof_world import CUT, World, at

FLAGS = [
    "note_active_bleeding_7d", "note_melaena_7d", "note_anaemia_symptoms_7d", "note_chemotherapy_planned_28d",
    "note_transfusion_refused_84d",
]  # fmt: skip


def said(folder, *notes, patient="p", points=None):
    """The flags of the patient's points, after notes of (written, received, words)."""
    world = World(folder)
    world.add("patients", patient_id="p", programme="chronic").add("patients", patient_id="q", programme="chronic")
    world.add("patients", patient_id="elsewhere", programme="chronic", source="no notes")
    for written, received, words in notes:
        world.add("notes", written_at=at(written), available_at=at(received), body=words)
    asked = pd.DataFrame({"patient_id": patient, "cut_at": points or [CUT]})
    with world.view() as view:
        view.read_notes(mentions)
        return view.need_features(asked)[FLAGS].to_numpy().tolist()


@pytest.mark.parametrize(
    ("words", "flags"),
    [
        ("Passed black stools.", [0, 1, 0, 0, 0]),
        ("Brisk bleeding, fatigued.", [1, 0, 1, 0, 0]),
        ("No bleeding, denies melaena. Chemotherapy planned for Monday.", [0, 0, 0, 1, 0]),
        ("Jehovah's Witness.", [0, 0, 0, 0, 1]),
        ("Possibly refuses transfusion. Possible melaena.", [0, 0, 0, 0, 1]),
        ("Mother had melaena.", [0, 0, 0, 0, 0]),
    ],
)
def test_a_flag_is_what_a_note_asserts(tmp_path, words, flags):
    assert said(tmp_path, ("2024-10-30 09:00", "2024-10-30 10:00", words)) == [flags]


def test_a_flag_holds_for_its_days(tmp_path):
    words = "Melaena. Chemotherapy planned. Declines blood products."
    points = [at(f"2024-{day} 09:00") for day in ("07-01", "07-08", "07-28", "09-20", "09-24")]
    assert said(tmp_path, ("2024-07-01 09:00", "2024-07-01 09:00", words), points=points) == [
        [0, 1, 0, 1, 1], [0, 0, 0, 1, 1], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0],
    ]  # fmt: skip


def test_nothing_is_known_before_a_note_was_received_nor_where_nobody_writes(tmp_path):
    note = ("2024-10-20 09:00", "2024-10-25 10:00", "Declines blood products.")
    points = [at("2024-10-24 08:00"), at("2024-10-26 08:00")]
    before, after = said(tmp_path / "a", note, points=points)
    assert pd.isna(before).all(), "the source had written nothing that had arrived"
    assert after == [0, 0, 0, 0, 1]
    assert said(tmp_path / "b", note, patient="q", points=points[1:]) == [[0, 0, 0, 0, 0]]
    assert pd.isna(said(tmp_path / "c", note, patient="elsewhere")[0]).all()
    assert pd.isna(said(tmp_path / "d")[0]).all()


def test_a_refusal_is_no_column_of_the_model_and_the_others_only_raise():
    names = {feature.name: feature.direction for feature in FEATURES}
    assert {flag: names.get(flag) for flag in FLAGS} == {**dict.fromkeys(FLAGS[:4], 1), FLAGS[4]: None}
