"""The manifest of a run: everything that decided its bytes, and the hash of every file it wrote."""

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from hemoflow.reports.header import Header

PACKAGES = ("duckdb", "highspy", "numpy", "pandas", "prefect", "pyarrow", "pyomo", "scikit-learn", "scipy", "xgboost")


def manifest(header: Header, input_sha256: str, model: Mapping[str, Any], files: Mapping[str, str]) -> bytes:
    """The manifest as JSON; no clock, so that the same run gives the same bytes.

    Args:
        header: Header of the run: day, cut, policy, model, seed, software.
        input_sha256: Hash of everything visible at the cut.
        model: What identifies the need model: its version, hashes and the day it was trained on.
        files: SHA-256 of each result file of the earlier stages, by its path within the run's folder.
    """
    content = {
        "schema": "hemoflow-manifest/1",
        "run": {key: str(value) for key, value in asdict(header).items() if key not in VARYING},
        "input_sha256": input_sha256,
        "model": dict(model),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "files": dict(files),
    }
    return (json.dumps(content, indent=1, sort_keys=True) + "\n").encode()


VARYING = ("freshness", "n_warnings", "data_note", "approval")
"""Words of the header that follow from the frames; the frames' hashes stand for them."""
