"""A cockpit to test with: a store that holds two published days of the sample region, and one person of each role."""

import shutil
import tempfile
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from argon2 import PasswordHasher

from hemoflow.cockpit.beside import served
from hemoflow.cockpit.deeds import NO_DEEDS
from hemoflow.reports.brief import brief_html
from hemoflow.reports.manifest import manifest
from hemoflow.reports.pages import allocation_html, worklist_html
from hemoflow.schemas.frames import conform
from hemoflow.schemas.supply import DEMAND_BY_SITE, DEMAND_BY_SITE_URGENCY, DEMAND_METHODS, STOCK_FAN
from hemoflow.settings import Settings
from hemoflow.store import Role, RunKey, open_store
from tests.browser.sample import AS_OF, RULES, SITES, make_day, make_stock

PASSWORD = "blood groups are never guessed"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""A hash says how much work it wants; these accounts guard nothing, and tests sign in often."""
NAMES = {role: f"{role.value.capitalize()} One" for role in Role}


def key_of(as_of, seed=1):
    return RunKey(as_of, RULES.name, RULES.version, RULES.sha256, "0" * 64, "", seed, "0.1.0")


def make_fan(status):
    """A fan that falls by the use of a day, with a band that widens."""
    status = status.assign(days_of_stock=status["days_of_stock"].astype("float64"))
    rows = [
        {
            "fan_on": pd.Timestamp(AS_OF) + pd.Timedelta(days=ahead), "day_number": 1 + ahead, "component": "red_cells",
            "blood_group": row.blood_group, "alert_days": row.alert_days,
            "p10_days": max(row.days_of_stock - 1.2 * ahead, 0.0),
            "p50_days": max(row.days_of_stock - 0.8 * ahead, 0.0),
            "p90_days": max(row.days_of_stock - 0.4 * ahead, 0.0),
        }
        for row in status.itertuples()
        for ahead in range(1, 8)
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    return conform(frame.assign(is_below_alert=frame["p50_days"] < frame["alert_days"]), STOCK_FAN)


def make_methods():
    """Two competitions, one of them without a winner for want of days."""
    rows = [
        ("demand", "blend", 0.4, True, 91, 180),
        ("demand", "seasonal_naive", 0.5, False, 91, 180),
        ("donations", "weekday_rates", None, True, 0, 40),
    ]
    return conform(pd.DataFrame(rows, columns=list(DEMAND_METHODS.columns)), DEMAND_METHODS)


def make_sites():
    """What three hospitals will ask for on one day, in all and by urgency."""
    index = pd.MultiIndex.from_product([SITES, ("A+", "O-"), (0, 1, 8)], names=["site_id", "blood_group", "urgency"])
    by_class = index.to_frame(index=False).assign(
        demand_on=pd.Timestamp(AS_OF), day_number=1, component="red_cells",
        known_units=0, expected_units=1.5, p50_units=1, p95_units=4,
    )  # fmt: skip
    by_site = by_class[by_class["urgency"] == 0].assign(expected_units=4.5, p50_units=4, p95_units=8)
    frames = ((DEMAND_BY_SITE, by_site), (DEMAND_BY_SITE_URGENCY, by_class))
    return {layout.name: conform(frame, layout) for layout, frame in frames}


def publish(store, as_of, seed):
    """A published draft of the sample day, its stock included."""
    day, run, stock = make_day(seed), store.open_run(key_of(as_of)), make_stock(np.random.default_rng(seed))
    features = {"stock": stock, "open_requests": day.open_requests, "freshness": day.freshness}
    store.save_stage(run.run_id, "features", features)
    store.save_stage(
        run.run_id, "assignment",
        {"plan_days": day.plan_days, "orders": day.orders, "allocations": day.allocations},
    )  # fmt: skip
    demand = {"stock_fan": make_fan(day.stock_status), "demand_methods": make_methods(), **make_sites()}
    store.save_stage(run.run_id, "demand", demand)
    store.save_stage(run.run_id, "routing", {"routes": day.routes, "slots": day.slots, "home_rules": day.home_rules})
    papers = {
        "brief.html": brief_html(day).encode(),
        "worklist.html": worklist_html(day.header, day.worklist, day.routes, day.allocations).encode(),
        "allocations.html": allocation_html(day.header, day.allocations).encode(),
        "manifest.json": manifest(day.header, "0" * 64, {}, {}),
    }
    frames = {"stock_status": day.stock_status, "worklist": day.worklist, "kpis": day.kpis, "go_no_go": day.go_no_go}
    store.save_stage(run.run_id, "publication", frames, papers)
    return store.publish(run.run_id, "DRAFT")


@cache
def _template(days):
    """A home with so many published days and one person of each role, made once."""
    folder = tempfile.TemporaryDirectory(prefix="cockpit-")
    home = Path(folder.name)
    with open_store(f"sqlite:///{home / 'hemoflow.db'}", home) as store:
        store.init()
        for back in reversed(range(days)):
            publish(store, AS_OF - timedelta(days=back), seed=1 + back)
        hashed = CHEAP.hash(PASSWORD)
        for role, name in NAMES.items():
            store.save_user(name, role, hashed, by="the test")
    return folder


def prepared(home, days):
    """A home of its own for a test that changes things, copied from one that was made before."""
    shutil.copytree(_template(days).name, home, dirs_exist_ok=True)
    return home


@contextmanager
def cockpit(home, *, days=2, deeds=NO_DEEDS):
    """The address of a running cockpit, and its store."""
    prepared(home, days)
    settings = Settings(home=home, cockpit_url="", database_url="")
    with open_store(settings.store_url, home) as store, served(settings, store, deeds) as address:
        yield address, store
