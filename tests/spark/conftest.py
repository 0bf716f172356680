"""One real Spark for the session, over a small region that both engines read."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from hemoflow.asof.engine import View
from hemoflow.asof.visible import open_engine
from hemoflow.connectors.synthetic.population import Population, draw_district
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.store.parquet import write_frame

CUT = datetime(2024, 10, 30, 5, tzinfo=UTC)
ZONE = "Europe/Rome"  # its clock changed three days before the cut


@dataclass(frozen=True)
class World:
    """The lake, and the two engines open over it at one cut."""

    paths: dict[str, list[Path]]
    duckdb: View
    spark: View


@pytest.fixture(scope="session")
def lake(tmp_path_factory):
    """A small region; its laboratory results came in two deliveries, the second with corrections."""
    folder = tmp_path_factory.mktemp("lake")
    paths = {}
    for name, frame in draw_district(Population(people=10_000, days=50, seed=3), 0).items():
        paths[name] = [folder / name / "canonical-0123456789ab.parquet"]
        write_frame(frame, CANONICAL[name], paths[name][0])
        if name == "labs":
            late = frame.tail(40).assign(value=frame["value"].tail(40) + 0.5, available_at=pd.Timestamp(CUT))
            paths[name].append(folder / name / "canonical@20241029t050000z-0123456789ab.parquet")
            write_frame(late, CANONICAL[name], paths[name][1])
    return paths


@pytest.fixture(scope="session", autouse=True)
def frugal(tmp_path_factory):
    """Spark's own configuration file: no compiler for tables this small, one task a step."""
    folder = tmp_path_factory.mktemp("spark")
    (folder / "spark-defaults.conf").write_text(
        "spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC\n"
        "spark.sql.codegen.wholeStage false\n"
        "spark.sql.codegen.factoryMode NO_CODEGEN\n"
        "spark.sql.shuffle.partitions 1\n"
        "spark.sql.adaptive.enabled false\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(folder))
        yield


@pytest.fixture(scope="session")
def world(lake):
    """Both engines, opened once."""
    with (
        open_engine(lake, CUT, time_zone=ZONE) as duckdb,
        open_engine(lake, CUT, time_zone=ZONE, engine="spark") as spark,
    ):
        yield World(lake, View(duckdb, lake), View(spark, lake))
