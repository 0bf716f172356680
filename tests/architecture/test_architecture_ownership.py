"""The five packages have generic names; each must be ours and nobody else's."""

import importlib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["flows", "tasks", "models", "optimization", "hemoflow"]


@pytest.mark.parametrize("name", PACKAGES)
def test_package_is_ours_alone(name):
    assert set(packages_distributions().get(name, ["hemoflow"])) == {"hemoflow"}
    assert Path(importlib.import_module(name).__file__).resolve().is_relative_to(ROOT)
