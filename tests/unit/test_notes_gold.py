"""Own sentences, half of them written before the rules saw any: precision, recall and F1 by concept and assertion."""

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from models.notes import Assertion, Concept, read_note

DAY = date(2024, 10, 31)
with (Path(__file__).parent / "notes_gold.csv").open(encoding="utf-8") as file:
    GOLD = list(csv.DictReader(file))
LEAST = {"development": (0.95, 0.85), "held-out": (0.9, 0.75)}
"""Least F1 over everything, and of each concept and assertion."""


def scores(half):
    """(precision, recall, F1) of everything, each concept and each assertion; judged on the sentence's concept."""
    right, told, meant = Counter(), Counter(), Counter()
    for row in (row for row in GOLD if row["half"] == half):
        found = {str(one.assertion) for one in read_note(row["sentence"], DAY) if one.concept == row["concept"]}
        for counted, assertions in ((told, found), (meant, {row["assertion"]})):
            for assertion in assertions:
                counted.update(["all", row["concept"], assertion])
        if row["assertion"] in found:
            right.update(["all", row["concept"], row["assertion"]])
    return {
        name: (
            right[name] / max(told[name], 1),
            right[name] / meant[name],
            2 * right[name] / (told[name] + meant[name]),
        )
        for name in meant
    }


@pytest.mark.parametrize("half", LEAST)
def test_sentences_are_read_as_they_are_meant(half):
    overall, least = LEAST[half]
    found = scores(half)
    assert found["all"][2] >= overall
    assert {name: values for name, values in found.items() if values[2] < least} == {}


@pytest.mark.parametrize("half", LEAST)
def test_the_sentences_cover_every_concept_and_assertion(half):
    rows = [row for row in GOLD if row["half"] == half]
    assert len(rows) >= 60
    assert len({row["sentence"] for row in GOLD}) == len(GOLD)
    assert {row["concept"] for row in rows} == {str(concept) for concept in Concept}
    assert {row["assertion"] for row in rows} == {str(assertion) for assertion in Assertion}
