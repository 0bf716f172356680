"""Sentences as doctors write them, and what they mean."""

from datetime import date

import pytest

from models.notes import Concept, read_note, review_reasons

DAY = date(2024, 10, 31)
GOLD = [
    ("Active bleeding from the gastric ulcer.", "active_bleeding", "present"),
    ("No active bleeding.", "active_bleeding", "negated"),
    ("Denies melaena, haematemesis or chest pain.", "melaena", "negated"),
    ("Black tarry stools since Tuesday.", "melaena", "present"),
    ("Melena was ruled out.", "melaena", "negated"),
    ("Return for bleeding or dizziness.", "active_bleeding", "hypothetical"),
    ("Mother had menorrhagia.", "active_bleeding", "family"),
    ("History of GI bleed in 2019.", "active_bleeding", "historical"),
    ("Possible upper GI bleed.", "active_bleeding", "uncertain"),
    ("Cannot exclude ongoing bleeding.", "active_bleeding", "uncertain"),
    ("No melaena but fresh bleeding from the rectum.", "active_bleeding", "present"),
    ("No melaena but fresh bleeding from the rectum.", "melaena", "negated"),
    ("Plan: to start chemotherapy on Monday.", "chemotherapy_planned", "present"),
    ("Chemotherapy is not planned.", "chemotherapy_planned", "negated"),
    ("Does not accept blood products.", "transfusion_refused", "present"),
    ("Jehovah's Witness.", "transfusion_refused", "present"),
    ("Patient refuses blood transfusion.", "transfusion_refused", "present"),
    ("His brother is a Jehovah's Witness.", "transfusion_refused", "family"),
    ("Short of breath on the stairs, marked fatigue.", "anaemia_symptoms", "present"),
    ("No history of transfusion reaction.", "prior_reaction", "negated"),
    ("Febrile transfusion reaction two years ago.", "prior_reaction", "present"),
    ("Known anti-K.", "alloantibody", "present"),
    ("PMH: epistaxis, hypertension.", "active_bleeding", "historical"),
    ("Family history:\nmother well\nhaematuria", "active_bleeding", "family"),
    ("Blood pressure 120/80, slept well.", None, None),
]


@pytest.mark.parametrize(("text", "concept", "assertion"), GOLD)
def test_each_sentence_is_read_as_it_is_meant(text, concept, assertion):
    found = read_note(text, DAY)
    if concept is None:
        assert found == []
        return
    assert {one.assertion for one in found if one.concept == concept} == {assertion}
    for one in found:
        assert text[one.start : one.end].strip() == one.evidence
        assert one.noted_on == DAY


def test_only_what_is_so_or_may_be_so_asks_for_review():
    note = "No bleeding. Possible melaena. Father had epistaxis. Known anti-K."
    assert review_reasons(read_note(note, DAY)) == [
        "alloantibody (present, note of 2024-10-31)",
        "melaena (uncertain, note of 2024-10-31)",
    ]
    assert review_reasons([]) == []


def test_every_concept_can_be_found():
    assert {concept for _, concept, _ in GOLD if concept} == {str(concept) for concept in Concept}
