"""Loading laboratory rows from CSV, in processor microseconds a row: reading alone, and on to a canonical table.

The limit beside it is Arrow's own reading of the same file into text columns. ``--rows N`` sets the size.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from hemoflow.connectors import eicu
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import read_rows

STAYS, SEED = 3000, 1
COLUMNS = ["labid", "patientunitstayid", "labresultoffset", "labname", "labresult"]


def run() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=500_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder, rows)
        strings = arrow_csv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, pa.string()))
        limit = _seconds(lambda: arrow_csv.read_csv(folder / "lab.csv", convert_options=strings))
        reading = _seconds(lambda: read_rows(folder, "lab", COLUMNS))
        loading = _seconds(lambda: eicu.load(folder, Pseudonymiser(b"a key for benchmarks")))
    for what, seconds in (("Arrow alone", limit), ("reading", reading), ("to canonical tables", loading)):
        print(f"{what:<20} {seconds / rows * 1e6:7.2f} us a row {seconds / limit:7.1f} x Arrow")


def _write(folder: Path, rows: int) -> None:
    generator = np.random.default_rng(SEED)
    stays = (f"{stay},p-{stay},Female,50,2014,4000\n" for stay in range(STAYS))
    header = "patientunitstayid,uniquepid,gender,age,hospitaldischargeyear,unitdischargeoffset\n"
    (folder / "patient.csv").write_text(header + "".join(stays), encoding="utf-8")
    names = np.array(["Hgb,g/dL", "Hct,%", "platelets x 1000,K/mcL"])[generator.integers(3, size=rows)]
    drawn = zip(generator.integers(STAYS, size=rows), generator.integers(4000, size=rows), names,
                generator.uniform(7, 29, size=rows), strict=True)  # fmt: skip
    with (folder / "lab.csv").open("w", encoding="utf-8") as stream:
        stream.write("labid,patientunitstayid,labresultoffset,labname,labmeasurenamesystem,labresult\n")
        stream.writelines(
            f"{number},{stay},{offset},{name},{value:.1f}\n" for number, (stay, offset, name, value) in enumerate(drawn)
        )


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
