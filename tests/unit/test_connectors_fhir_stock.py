"""Units: products that tell group and last day become stock, the others are named."""

import json

import pandas as pd
import pytest

from hemoflow.connectors import fhir
from hemoflow.connectors.pseudonyms import Pseudonymiser

NAMES = Pseudonymiser(b"a key for tests only")
SNOMED = "http://snomed.info/sct"


def coded(code):
    return {"coding": [{"system": SNOMED, "code": code}]}


def product(name, **more):
    start = {"resourceType": "BiologicallyDerivedProduct", "id": name, "identifier": [{"value": f"W12-{name}"}]}
    about = {"productCode": {"text": "Red blood cells, leucocyte reduced"}, "expirationDate": "2024-11-11"}
    group = {"property": [{"valueCodeableConcept": coded("278147001")}]}
    return start | about | group | {"collection": {"collectedDateTime": "2024-10-01"}, "status": "available"} | more


def load(folder, *products):
    (folder / "Patient.ndjson").write_text(
        json.dumps({"resourceType": "Patient", "id": "P", "birthDate": "1950"}) + "\n"
    )
    (folder / "BiologicallyDerivedProduct.ndjson").write_text("".join(json.dumps(entry) + "\n" for entry in products))
    return fhir.load(folder, NAMES)


def bag(name):
    return NAMES.pseudonym("unit", "fhir-r4", f"W12-{name}")


def test_a_product_becomes_a_unit_that_was_received(tmp_path):
    loaded = load(tmp_path, product("1"))
    told = loaded.frames["units"].iloc[0]
    assert told[["unit_id", "component", "blood_group"]].tolist() == [bag("1"), "red_cells", "O+"]
    assert (told["collected_on"], told["outdate_on"]) == (pd.Timestamp("2024-10-01"), pd.Timestamp("2024-11-11"))
    assert loaded.frames["unit_events"][["unit_id", "event"]].to_numpy().tolist() == [[bag("1"), "received"]]
    assert loaded.quarantine.empty


def test_group_and_last_day_may_stand_in_extensions_and_in_two_properties(tmp_path):
    extensions = [
        {"url": "https://site.example/bloodGroup", "valueString": "A Neg"},
        {"url": "https://site.example/expirationDate", "valueDateTime": "2024-11-12T23:59:00Z"},
    ]
    halves = [{"valueCodeableConcept": coded("112149005")}, {"valueString": "Positive"}]
    loaded = load(
        tmp_path, product("1", property=None, expirationDate=None, extension=extensions), product("2", property=halves)
    )
    units = loaded.frames["units"].set_index("unit_id")
    assert units.loc[bag("1"), "blood_group"] == "A-"
    assert units.loc[bag("1"), "outdate_on"] == pd.Timestamp("2024-11-12")
    assert units.loc[bag("2"), "blood_group"] == "B+"


def test_what_is_not_available_is_on_hold(tmp_path):
    events = load(tmp_path, product("1", status="unavailable")).frames["unit_events"]
    assert sorted(events["event"]) == ["received", "returned"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"property": None}, "blood group"), ({"expirationDate": None}, "expirationDate"),
        ({"property": [{"valueString": "O"}]}, "blood group"), ({"productCode": {"text": "Serum"}}, "productCode"),
        ({"expirationDate": "2024-09-01"}, "expirationDate"), ({"collection": 7}, "collected"),
    ],
)  # fmt: skip
def test_a_product_nobody_can_plan_with_is_named(tmp_path, more, field):
    loaded = load(tmp_path, product("1"), product("2", **more))
    assert loaded.frames["units"]["unit_id"].tolist() == [bag("1")]
    assert loaded.quarantine[["row_number", "field"]].to_numpy().tolist() == [[2, field]]
