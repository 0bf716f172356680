"""A folder of canonical tables: what `hemoflow synth` writes, or a site that makes our tables itself.

``TABLE/part-*.parquet``, ``TABLE/part-*.csv``, ``TABLE.parquet``, ``TABLE.csv`` or ``TABLE.csv.gz``, with
``manifest.json`` beside. No table ever stands in memory: DuckDB checks the rows against the layouts in one stream and
writes the good ones in another, in the order of the files.

Every identifier of a patient, a record or a bag is replaced by its keyed pseudonym. They stay as they are in one case:
the manifest says that `hemoflow synth` drew the people, and every row of every table is marked as synthetic.
"""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from hemoflow.connectors.canonical.checks import rules_of
from hemoflow.connectors.canonical.files import SOURCE, found_files, is_made_up
from hemoflow.connectors.canonical.survey import Survey, survey
from hemoflow.connectors.canonical.writing import Writer
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import Loaded
from hemoflow.connectors.telling import joined_columns
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.frames import conform, empty
from hemoflow.schemas.published import INGEST_REPORT, QUARANTINE

__all__ = ["SOURCE", "VERSION", "load"]

VERSION = "2"


def load(folder: Path, pseudonymiser: Pseudonymiser) -> Loaded:
    """Check a folder of canonical tables; its tables write themselves when they are saved.

    Raises:
        InputError: The folder holds no canonical table, or a file breaks off while it is read.
    """
    surveys = [survey(folder, CANONICAL[name], files) for name, files in found_files(folder).items()]
    stays = is_made_up(folder) and all(found.is_synthetic for found in surveys)
    pads = None if stays else pseudonymiser.pads
    faults = [found.faults for found in surveys if len(found.faults)]
    return Loaded(
        frames={},
        quarantine=conform(pd.concat(faults), QUARANTINE) if faults else empty(QUARANTINE),
        report=conform(pd.DataFrame([found.report for found in surveys]), INGEST_REPORT),
        columns=joined_columns(SOURCE, [found.columns for found in surveys]),
        large={found.layout.name: _writer(found, pads) for found in surveys},
    )


def _writer(found: Survey, pads: tuple[bytes, bytes] | None) -> Writer:
    rules = tuple(rules_of(found.layout, found.scan.kinds))
    if found.bad_rows == 0:
        rules = tuple(replace(rule, whole=()) for rule in rules)  # nothing to look for a second time
    return Writer(found.layout, found.scan, rules, found.dropped, pads)
