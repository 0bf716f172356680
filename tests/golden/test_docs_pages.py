"""The generated reference pages are what the code says today."""

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
spec = importlib.util.spec_from_file_location("generate_docs", DOCS / "generate.py")
generate = importlib.util.module_from_spec(spec)
spec.loader.exec_module(generate)


@pytest.mark.parametrize(
    "name",
    ["canonical-tables.md", "result-tables.md", "settings.md", "policy.md", "formulation.md", "network-formulation.md"],
)
def test_committed_page_is_current(name):
    assert (DOCS / "reference" / name).read_text(encoding="utf-8") == generate.pages()[name], "run `make docs`"
