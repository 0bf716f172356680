"""What of a faulty value is kept: numbers, shape and harmless words; never a name or an identifier."""

import pytest

from hemoflow.connectors.masking import KNOWN, KNOWN_IN_NAMES, MASK, masked, shown_columns, shown_file
from hemoflow.connectors.sheets import ALIASES, TEMPLATES
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.settings import REPOSITORY
from tests.eicu_sample import FILES


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


def test_names_of_the_layouts_are_shown_as_they_are(tmp_path):
    shipped = REPOSITORY / "data"
    for kind in (folder for folder in shipped.iterdir() if folder.is_dir()):
        told = [path for path in kind.rglob("*.*") if path.is_file() and path.suffix not in {".md", ".txt"}]
        assert [shown_file(kind, path) for path in told] == [path.relative_to(kind).as_posix() for path in told]
    layouts = {*FILES, *(f"{name}.csv" for name in (*CANONICAL, *TEMPLATES, *ALIASES)), "LABEVENTS.CSV.gz"}
    others = {"ORU_R01_20241015073000_7.hl7", "page-12.json", "results 2024-10.xlsx", "Observation.000.ndjson"}
    assert {shown_file(tmp_path, tmp_path / name) for name in layouts | others} == layouts | others


def test_columns_that_nobody_asks_for_name_no_patient_and_those_of_layouts_stay():
    layouts = [name for lines in FILES.values() for name in lines[0].split(",")]
    layouts += [name for layout in CANONICAL.values() for name in layout.columns]
    layouts += ["MEASUREMENT_SOURCE_VALUE", "order_provider_id", "Remark 7"]
    assert shown_columns(layouts, {"Remark 7"}) == tuple(layouts)
    header = ["HN", "Jane Doe", "jane_doe", "Doe 4711234", "JANE DOE", "Unit"]
    assert shown_columns(header, {"HN"}) == (
        "HN", "xxxx xxx~2", "xxxx_xxx~3", "xxx xxxxxxx~4", "xxxx xxx~5", "Unit",
    )  # fmt: skip


def test_the_name_of_a_file_names_no_patient_and_the_file_is_found(tmp_path):
    names = ["labs_Jane_Doe.csv.gz", "labs_john_roe.csv.gz", "labs_20241345.csv", "Results 4711234 (Nguy\u1ec5n).xlsx"]
    for name in names:
        (tmp_path / name).touch()
    shown = [shown_file(tmp_path, tmp_path / name) for name in names]
    assert shown == [
        "labs_xxxx_xxx~3.csv.gz", "labs_xxxx_xxx~4.csv.gz", "labs_xxxxxxxx~2.csv", "Results xxxxxxx (xxxxxx)~1.xlsx",
    ]  # fmt: skip
    for line in shown:
        place = int(line.partition("~")[2].partition(".")[0])
        assert shown_file(tmp_path, sorted(tmp_path.iterdir())[place - 1]) == line
    assert KNOWN_IN_NAMES.isdisjoint({"jane", "john", "doe", "smith", "may", "june", "lee", "tan", "maria", "grace"})
