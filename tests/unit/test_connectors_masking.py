"""What of a faulty value is kept: numbers, shape and harmless words; never a name or an identifier."""

import pytest

from hemoflow.connectors.masking import KNOWN, MASK, masked


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("-3.5", "-3.5"), (">12 g/dL", ">12 g/dL"), ("mEq/L", "mEq/L"), ("Packed Red Cells", "Packed Red Cells"),
        ("31/13/2567", "31/13/2567"), ("twelve furlongs", "twelve furlongs"), ("JANE", "xxxx"),
        ("O Rh pos", "O Rh pos"), ("not done", "not done"),
        ("Jane Doe", "xxxx xxx"), ("8.1 (Nguyễn)", "8.1 (xxxxxx)"), ("สมชาย 7", "xxxxx 7"),
        ("Doe 12345678", f"xxx {MASK}"), ("078-05-1120", MASK), (None, None),
    ],
)  # fmt: skip
def test_only_what_names_nobody_is_shown(value, shown):
    assert masked("unit", [value]) == [shown]


def test_identifiers_are_never_shown_and_usual_names_are_no_harmless_words():
    assert masked("patient_id", ["7"]) == [MASK]
    assert masked("unit_concept_id", ["7"]) == ["7"]
    assert KNOWN.isdisjoint(
        {"jane", "john", "doe", "smith", "lee", "lim", "tan", "maria", "jan", "april", "may", "june"}
    )
