"""How the stages grow with the region: ingest, features, scoring, assignment, and the increment of one day.

A whole region is a million patients with about 50 laboratory results each. ``make bench-scale`` measures 1/100 and 1/10
of it, ``--full`` all of it as well, ``--size 0.01 --size 0.3`` other shares. One district of half a million people is
drawn and copied under other names. Each stage runs in a process of its own, so that its peak memory is its own; times
are processor seconds, beside a plain DuckDB scan of the stage's input and, where the stage writes, a plain DuckDB copy
of it, in the same run. The exponents are fitted over all sizes. The increment is the same day's delivery at every size.
"""

import argparse
import math
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import duckdb
import numpy as np
import pandas as pd

from hemoflow.asof import View, open_view
from hemoflow.connectors.deliveries import Source
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.synthetic.population import DISTRICT_PEOPLE, Population, draw_district
from hemoflow.domain.policy import load_policy
from hemoflow.domain.refs import cut_instant
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.store import Store, open_store
from hemoflow.store.parquet import write_frame
from models.demand import forecast_demand, forecast_supply
from models.need import NeedModel, predict, train
from optimization.daily import assign, verify_assignment

T = TypeVar("T")
DISTRICTS = 60
"""Districts of a whole region: 30 million people, of whom a million are patients of ours within a year."""
SIZES = (0.01, 0.1)
DAYS = 365
AS_OF = date(2024, 10, 31)
ARRIVAL = datetime(2024, 11, 2, tzinfo=UTC)
TRAINED_ON = 4_000
"""Points that the model is trained on; training is not measured here."""
POLICY = load_policy("region_demo")
CLOCK = POLICY.clock
CLINICAL = ("patients", "encounters", "labs", "transfusions", "requests", "drugs")
SUPPLY = ("units", "unit_events", "requests", "patients")


def run() -> None:
    """Print one block a size, then the exponents."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks scale")
    parser.add_argument("--size", type=float, action="append", help="share of a whole region, for example 0.01")
    parser.add_argument("--full", action="store_true", help="also the whole region; takes a quarter of an hour")
    parser.add_argument("--days", type=int, default=DAYS, help="length of the history")
    asked = parser.parse_args(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        shares = asked.size or [*SIZES, *([1.0] if asked.full else [])]
        sizes = sorted({max(1, round(share * DISTRICTS)) for share in shares})
        measured = {districts: _measure(Path(folder), districts, asked.days) for districts in sizes}
    for stage in measured[sizes[0]] if len(sizes) > 1 else ():
        seconds = [math.log(found[stage]) for found in measured.values()]
        exponent = np.polyfit(np.log(sizes), seconds, 1)[0]
        print(f"{stage:<10} grows with exponent {exponent:.2f} over {', '.join(map(str, sizes))} districts")


def _measure(folder: Path, districts: int, days: int) -> dict[str, float]:
    region, home = folder / f"region-{districts}", folder / f"home-{districts}"
    apart(partial(_draw, folder / "one", days))
    rows = apart(partial(_copy, folder / "one", region, districts))[0]
    print(f"\n{districts} districts, {days} days: {rows['patients']:,} patients, {rows['labs']:,} laboratory rows")
    stages: dict[str, Callable[[], tuple[float, float]]] = {
        "ingest": partial(_ingest, region, home),
        "identity": partial(_identity, home),
        "increment": partial(_increment, region, home),
        "features": partial(_features, home, folder),
        "train": partial(_train, home, folder),
        "score": partial(_score, folder),
        "assign": partial(_assign, home, folder),
    }
    found = {}
    for name, stage in stages.items():
        (seconds, scan), peak = apart(stage)
        ratio = f"{seconds / scan:6.1f} x the plain scan of its input ({scan:.2f} s)" if scan else ""
        print(f"{name:<10} {seconds:8.2f} processor seconds, peak {peak:5.2f} GiB  {ratio}", flush=True)
        found[name] = seconds
    copy = apart(partial(_plain_copy, region, folder))[0]
    print(f"ingest is {found['ingest'] / copy:.1f} x a plain copy of the files as Parquet ({copy:.2f} s)")
    return {name: seconds for name, seconds in found.items() if name != "train"}


def apart(work: Callable[[], T]) -> tuple[T, float]:
    """Run in a fresh process; its answer and the peak of its memory in GiB."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        answer = pool.submit(work).result()
        return answer, pool.submit(_peak).result()


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """The answer and the processor seconds, so that other work on the machine does not count."""
    start = time.process_time()
    answer = work()
    return answer, time.process_time() - start


def _duck() -> duckdb.DuckDBPyConnection:
    """DuckDB on one thread, without its progress bar, which would stand between the figures."""
    connection = duckdb.connect(config={"threads": "1"})
    connection.execute("SET enable_progress_bar = false")
    return connection


def _draw(folder: Path, days: int) -> None:
    if not folder.exists():
        for name, frame in draw_district(Population(DISTRICT_PEOPLE, days, AS_OF), 0).items():
            write_frame(frame, CANONICAL[name], folder / f"{name}.parquet")


def _copy(one: Path, region: Path, districts: int) -> dict[str, int]:
    """The district as many times as wanted, each under its own name; rows by table."""
    rows = {}
    with _duck() as connection:
        for file in sorted(one.glob("*.parquet")):
            (region / file.stem).mkdir(parents=True)
            names = [name for name in CANONICAL[file.stem].columns if name.endswith("_id")]
            for number in range(1, districts + 1):
                own = ", ".join(f"'D{number:03d}' || substr({name}, 5) AS {name}" for name in names)
                replaced = f"* REPLACE ({own})" if own else "*"
                target = region / file.stem / f"part-{number:04d}.parquet"
                options = "FORMAT parquet, COMPRESSION zstd"
                connection.execute(f"COPY (SELECT {replaced} FROM '{file}') TO '{target}' ({options})")
            count = connection.execute(f"SELECT count(*) FROM '{region / file.stem}/*.parquet'").fetchall()
            rows[file.stem] = int(count[0][0])
    return rows


def scan_seconds(files: list[Path]) -> float:
    """Processor seconds of reading every value of these files once."""
    names = [str(file) for file in files]
    with _duck() as connection:
        return timed(lambda: connection.execute("SELECT max(hash(COLUMNS(*))) FROM read_parquet(?)", [names]))[1]


def _plain_copy(region: Path, folder: Path) -> float:
    """Processor seconds of reading every file and writing its rows again, which is the least that a load must do."""
    target, options = folder / "copy.parquet", "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3"
    start = time.process_time()
    with _duck() as connection:
        for tables in sorted(region.iterdir()):
            connection.execute(f"COPY (SELECT * FROM '{tables}/*.parquet') TO '{target}' ({options})")
    target.unlink()
    return time.process_time() - start


def _ingest(region: Path, home: Path) -> tuple[float, float]:
    scan = sum(scan_seconds(sorted(folder.glob("*.parquet"))) for folder in region.iterdir())
    with _store(home) as store:
        store.init()
        return timed(lambda: _load(store, [Source("canonical", region)]))[1], scan


def _identity(home: Path) -> tuple[float, float]:
    """What a run is given, as a hash, for the first time after the history was loaded."""
    with _store(home) as store:
        scan = sum(scan_seconds(files) for files in store.active_paths().values())
        return timed(lambda: _identify(store))[1], scan


def _increment(region: Path, home: Path) -> tuple[float, float]:
    """One day's delivery of one district beside the history of all, and the identity of the run after it."""
    day = region.with_name(f"{region.name}-day")
    with _duck() as connection:
        for folder in region.iterdir():
            (day / folder.name).mkdir(parents=True)
            target, rows = (
                day / folder.name / "part-0001.parquet",
                f"SELECT *, row_number() OVER () AS n FROM '{folder}/part-0001.parquet'",
            )
            connection.execute(
                f"COPY (SELECT * EXCLUDE n FROM ({rows}) WHERE n % {DAYS} = 0) TO '{target}' (FORMAT parquet)"
            )
    scan = sum(scan_seconds(sorted(folder.glob("*.parquet"))) for folder in day.iterdir())
    with _store(home) as store:
        sources = [Source("canonical", region), Source("canonical", day, ARRIVAL)]
        return timed(lambda: (_load(store, sources), _identify(store)))[1], scan


def _load(store: Store, sources: Sequence[Source]) -> None:
    """What the ingest task does without Prefect: fingerprints of all sources, then the new ones."""
    pseudonymiser = Pseudonymiser(b"a key for benchmarks")
    with store.remembered("files") as remembered:
        for source in sources:
            fingerprint = source.fingerprint(pseudonymiser, 1, remembered)
            if all(store.is_loaded(name, fingerprint) for name in source.names):
                continue
            for name, found in source.load(pseudonymiser, 1):
                store.save_source(name, fingerprint, found.frames, found.report, found.quarantine, large=found.large)


def _identify(store: Store) -> str:
    with store.remembered("contents") as remembered, _view(store.active_paths(), ARRIVAL) as view:
        return view.content_hash(remembered)


def _features(home: Path, folder: Path) -> tuple[float, float]:
    with _store(home) as store:
        paths = store.active_paths()
    scan = sum(scan_seconds(paths[name]) for name in CLINICAL)
    with _view(paths, ARRIVAL) as view:
        features, seconds = timed(view.need_features)
    features.to_parquet(folder / "features.parquet")
    return seconds, scan


def _train(home: Path, folder: Path) -> tuple[float, float]:
    if (folder / "model").exists():
        return 0.0, 0.0
    with _store(home) as store, _view(store.active_paths()) as view:
        points = view.training_points(CLOCK.cut_hour, chronic_every_days=30)
        chosen = points.sample(min(TRAINED_ON, len(points)), random_state=1)
        features, labels = view.need_features(chosen), view.need_labels(chosen, POLICY.need.horizon_days)
    model, seconds = timed(lambda: train(features, labels, POLICY.need, seed=1, trained_as_of=AS_OF))
    model.save(folder / "model")
    return seconds, 0.0


def _score(folder: Path) -> tuple[float, float]:
    model, features = NeedModel.load(folder / "model"), pd.read_parquet(folder / "features.parquet")
    (need, by_day), seconds = timed(lambda: predict(model, features, POLICY.need, as_of=AS_OF))
    need.to_parquet(folder / "need.parquet")
    by_day.to_parquet(folder / "by_day.parquet")
    return seconds, scan_seconds([folder / "features.parquet"])


def _assign(home: Path, folder: Path) -> tuple[float, float]:
    with _store(home) as store:
        paths = store.active_paths()
    scan = sum(scan_seconds(paths[name]) for name in SUPPLY)
    need, by_day = (pd.read_parquet(folder / f"{name}.parquet") for name in ("need", "by_day"))
    start, supply = time.process_time(), POLICY.supply
    with _view(paths) as view:
        stock, requests = view.stock(), view.open_requests()
        asked, given = view.request_history(supply.history_days), view.donation_history(supply.history_days)
    demand = forecast_demand(requests, need, by_day, asked, supply, as_of=AS_OF)
    plan = assign(stock, requests, demand, forecast_supply(given, supply, as_of=AS_OF), supply, AS_OF)
    faults = verify_assignment(plan, stock, requests, AS_OF)
    assert not faults, faults[:3]
    return time.process_time() - start, scan


def _view(paths: dict[str, list[Path]], cut_at: datetime | None = None) -> AbstractContextManager[View]:
    at = cut_at or cut_instant(AS_OF, CLOCK.cut_hour, CLOCK.time_zone)
    return open_view(paths, at, time_zone=CLOCK.time_zone)


def _store(home: Path) -> AbstractContextManager[Store]:
    return open_store(f"sqlite:///{home.resolve()}/hemoflow.db", home)
