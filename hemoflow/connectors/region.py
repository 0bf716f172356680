"""The demonstration region: real inpatients, real donation patterns and a made-up remainder, joined into one history.

Inpatients are MIMIC-IV's, moved into the window and completed with what it does not record; donations are Malaysia's,
thinned; everything else is drawn. The ledger of units is replayed over the requests of all three.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd

from hemoflow.connectors import donations, mimic, synthetic
from hemoflow.connectors.hashes import file_digest
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import Loaded
from hemoflow.connectors.synthetic.background import make_background
from hemoflow.connectors.synthetic.capacity import make_capacity
from hemoflow.connectors.synthetic.chronic import make_chronic
from hemoflow.connectors.synthetic.completion import complete_inpatients
from hemoflow.connectors.synthetic.ledger import make_opening, replay
from hemoflow.connectors.synthetic.magnitudes import DEMO, Region
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.frames import conform, empty
from hemoflow.schemas.published import INGEST_REPORT, QUARANTINE

__all__ = ["DEMO", "REGION_SOURCES", "Region", "fingerprint", "load_region"]

MIMIC, DONATIONS = "mimic-iv", "malaysia-donations"
REGION_SOURCES = (MIMIC, DONATIONS, synthetic.SOURCE)
"""Source names that the region's rows carry."""

FOLDERS = {MIMIC: "mimic-iv-demo", DONATIONS: "malaysia-donations"}
"""Folder of each real source below the data folder."""

NOTES = (
    "All rows of this source are made up with a seed; every figure and its source is in the generator's magnitudes.",
    "Five kinds of chronic outpatients were planted; no column says which kind a patient is.",
    "The past of the stock was replayed: oldest first on request, identical group, then compatible, then from outside.",
    "Antigens beyond ABO and RhD are not modelled, so a patient with antibodies was served like any other.",
)
INPATIENT_NOTE = "Blood group, special requirements and urgency of inpatients are drawn; MIMIC-IV records none of them."


def load_region(
    data_dir: Path, pseudonymiser: Pseudonymiser, *, seed: int, region: Region = DEMO
) -> list[tuple[str, Loaded]]:
    """Load the three sources of the region.

    Args:
        data_dir: Folder with ``mimic-iv-demo`` and ``malaysia-donations``.
        pseudonymiser: Turns identifiers into pseudonyms, made-up ones too, so that all look alike.
        seed: Seed of every draw.
        region: Magnitudes and calendar.

    Returns:
        Source name and what it gave, in the sequence of :data:`REGION_SOURCES`.

    Raises:
        InputError: A file is missing or unusable as a whole; broken rows only go to quarantine.
    """
    window = (region.window_from, region.last_on)
    inpatients = mimic.load(data_dir / FOLDERS[MIMIC], pseudonymiser, window=window, seed=seed)
    inpatients = _completed(inpatients, seed, region)
    supply = donations.load(
        data_dir / FOLDERS[DONATIONS],
        target_per_day=region.donated_units * region.scale,
        seed=seed,
        first_on=region.first_on,
        last_on=region.last_on,
    )
    made_up = _make_up(inpatients.frames, supply.frames["donations"], pseudonymiser, region, seed)
    return list(zip(REGION_SOURCES, (inpatients, supply, made_up), strict=True))


def fingerprint(data_dir: Path, key_id: str, seed: int, region: Region = DEMO) -> str:
    """SHA-256 of everything that decides what loading gives: file bytes, reader versions, key, seed and magnitudes.

    Args:
        data_dir: Folder with the real sources.
        key_id: Short name of the pseudonym key.
        seed: Seed of every draw.
        region: Magnitudes and calendar.
    """
    versions = (mimic.VERSION, donations.VERSION, synthetic.VERSION)
    digest = hashlib.sha256(repr((versions, key_id, seed, asdict(region))).encode())
    for folder in FOLDERS.values():
        for file in sorted(path for path in (data_dir / folder).rglob("*.csv*") if path.is_file()):
            digest.update(f"\n{file.relative_to(data_dir).as_posix()}\n".encode())
            digest.update(file_digest(file))
    return digest.hexdigest()


def _completed(inpatients: Loaded, seed: int, region: Region) -> Loaded:
    frames = complete_inpatients(inpatients.frames, seed, region)
    return replace(inpatients, frames=frames, notes=(*inpatients.notes, INPATIENT_NOTE))


def _make_up(
    inpatients: Mapping[str, pd.DataFrame],
    supply: pd.DataFrame,
    pseudonymiser: Pseudonymiser,
    region: Region,
    seed: int,
) -> Loaded:
    """The synthetic source: people, requests, teams, and the ledger over the red-cell requests of everybody."""
    chronic = make_chronic(pseudonymiser, region, seed)
    background = make_background(pseudonymiser, region, seed)
    made = {table: pd.concat([chronic[table], background[table]]) for table in background}
    units, events = replay(
        pd.concat([made["requests"], inpatients["requests"]], ignore_index=True),
        pd.concat([made["patients"], inpatients["patients"]], ignore_index=True),
        supply,
        make_opening(region),
        region=region,
        seed=seed,
    )
    frames = {**chronic, **made, "capacity": make_capacity(region), "units": units, "unit_events": events}
    frames = {
        table: conform(frame[list(CANONICAL[table].columns)], CANONICAL[table])
        for table, frame in sorted(frames.items())
    }
    return Loaded(frames, empty(QUARANTINE), _report(frames), NOTES)


def _report(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    rows = [
        {
            "source": synthetic.SOURCE,
            "table_name": table,
            "read_rows": len(frame),
            "loaded_rows": len(frame),
            "quarantined_rows": 0,
            "duplicate_rows": 0,
        }
        for table, frame in frames.items()
    ]
    return conform(pd.DataFrame(rows), INGEST_REPORT)
