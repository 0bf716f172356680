"""Possible courses: their scatter, their sums, and the fan of days of stock."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from hemoflow.domain.policy import load_policy
from hemoflow.reports.fan import fan_cards
from hemoflow.schemas.frames import conform
from hemoflow.schemas.supply import DEMAND, DEMAND_BY_SITE, DEMAND_BY_SITE_URGENCY, OPEN_REQUESTS, STOCK, STOCK_FAN
from models.demand.courses import new_courses
from models.demand.fan import Courses, stock_fan
from models.demand.rates import GROUPS
from models.demand.scatter import Scatter, draw, quantile, ratios_of, scatter_of
from models.demand.sites import demand_by_site, share_out

AS_OF = date(2024, 10, 31)
SUPPLY = load_policy("region_demo").supply
BUSY = Scatter(np.tile([[0.5, 1.5], [1.5, 0.5]], (1, 7)), 1.6)
ALL = np.full(8, fill_value=True)


def demand(units=3.0, known=1):
    index = pd.MultiIndex.from_product(
        [range(1, 15), GROUPS, (0, 1, 8)], names=["day_number", "blood_group", "urgency"]
    )
    frame = index.to_frame(index=False).assign(
        component="red_cells", known_units=known, predicted_units=0.0, other_units=units, new_units=3, quantile_units=3
    )
    frame["demand_on"] = pd.Timestamp(AS_OF) + pd.to_timedelta(frame["day_number"] - 1, unit="D")
    return conform(frame, DEMAND)


def stock(**groups):
    rows = [(group, last) for group, lasts in groups.items() for last in lasts]
    frame = pd.DataFrame(rows, columns=["blood_group", "last"])
    frame["blood_group"] = frame["blood_group"].map({"O_pos": "O+", "A_neg": "A-"})
    frame["outdate_on"] = pd.Timestamp(AS_OF) + pd.to_timedelta(frame["last"], unit="D")
    frame["unit_id"] = [f"u_{n}" for n in range(len(frame))]
    return conform(
        frame.assign(
            component="red_cells", collected_on=pd.Timestamp("2024-10-01"), site_id="H", is_irradiated=False,
            state="available", reserved_request_id=None,
        ),
        STOCK,
    )  # fmt: skip


def constant(asked, donated=0):
    shape = (5, 14, len(GROUPS))
    return Courses(np.full(shape, asked), np.full(shape, donated), np.full(len(GROUPS), 2.0))


def group_of(fan, group):
    return fan[fan["blood_group"] == group].sort_values("day_number")


def test_counts_that_are_poisson_have_no_scatter_of_their_own():
    rng = np.random.default_rng(1)
    expected = np.full((400, 8), 6.0)
    seen = rng.poisson(expected).astype(float)
    found = scatter_of(seen, expected, ratios_of(seen, expected, 14), ALL)
    assert found.dispersion == pytest.approx(1.0, abs=0.1)
    assert found.factors.std() < 0.05


def test_busy_days_are_busy_in_all_groups_and_stay_so_in_the_courses():
    rng = np.random.default_rng(2)
    factor = rng.choice([0.6, 1.4], size=(600, 1))
    expected = np.full((600, 8), 10.0)
    seen = rng.poisson(expected * factor).astype(float)
    scatter = scatter_of(seen, expected, ratios_of(seen, expected, 14), ALL)
    drawn = draw(np.full((14, 8), 10.0), scatter, seed=1, samples=2000)
    assert drawn.sum(axis=2).std() == pytest.approx(seen.sum(axis=1).std(), rel=0.08)
    assert drawn[:, 0, 0].std() == pytest.approx(seen[:, 0].std(), rel=0.08)
    assert drawn.mean() == pytest.approx(10.0, rel=0.02)


def test_courses_stray_as_far_as_past_forecasts_of_the_total_did_and_no_cell_scatters_twice():
    rng = np.random.default_rng(4)
    expected = np.full((300, 8), 50.0)
    level = 1.0 + 0.03 * rng.normal(size=(500, 14)).cumsum(axis=1)  # a level that drifts away from its forecast
    came = rng.poisson(400 * level)
    bursts = rng.negative_binomial(25, 1 / 3, size=(300, 8)).astype(float)  # variance three times the mean
    drawn = draw(expected[:14], scatter_of(bursts, expected, came / 400, ALL), seed=1, samples=4000)
    held = drawn.sum(axis=2)
    assert held[:, 13].std() == pytest.approx(came[:, 13].std(), rel=0.1)
    assert held[:, 0].std() == pytest.approx(
        np.sqrt(8 * 150), rel=0.1
    )  # cells alone explain more than the total strayed
    assert np.corrcoef(held[:, 10], held[:, 13])[0, 1] > 0.2
    assert drawn[:, 0, 0].var() == pytest.approx(150, rel=0.15)


def test_the_dispersion_of_one_class_is_its_own():
    rng = np.random.default_rng(5)
    expected = np.full((400, 16), 20.0)
    seen = np.hstack([rng.poisson(20, (400, 8)), rng.negative_binomial(5, 1 / 5, (400, 8))]).astype(float)
    ratios = ratios_of(seen, expected, 3)
    calm, bursts = (scatter_of(seen, expected, ratios, np.repeat(pair, 8) == 1) for pair in ([1, 0], [0, 1]))
    assert calm.dispersion < 1.5
    assert bursts.dispersion == pytest.approx(5, rel=0.1)
    assert (calm.factors == bursts.factors).all()


def test_the_quantile_is_that_of_the_courses():
    expected = np.array([[0.0, 0.4, 7.0, 40.0]])
    drawn = draw(expected, BUSY, seed=3, samples=20000)[:, 0, :]
    for probability in (0.05, 0.5, 0.95):
        level = quantile(expected, BUSY, probability)[0]
        assert ((drawn <= level).mean(axis=0) >= probability - 0.01).all()
        assert ((drawn < level).mean(axis=0)[1:] <= probability + 0.01).all()


def test_courses_are_the_same_for_the_same_day():
    one, same = (new_courses(demand(), BUSY, as_of=AS_OF) for _ in range(2))
    assert (one == same).all()
    assert new_courses(demand(units=0.0), BUSY, as_of=AS_OF).max() == 0
    assert (one != new_courses(demand(), BUSY, as_of=date(2024, 11, 1))).any()


def test_the_fan_counts_down_and_names_the_first_day_below_alert():
    fan = stock_fan(stock(O_pos=[30] * 10), constant(1), "red_cells", 2.0, as_of=AS_OF)
    pd.testing.assert_frame_equal(fan, conform(fan, STOCK_FAN))
    o_pos = group_of(fan, "O+")
    assert o_pos["p50_days"].tolist() == [4.0, 3.5, 3.0, 2.5, 2.0, 1.5, 1.0]
    assert o_pos["fan_on"].min() == pd.Timestamp("2024-11-01")
    assert o_pos["is_below_alert"].tolist() == [False] * 5 + [True] * 2
    card = next(card for card in fan_cards(fan) if card.name == "O+")
    assert card.median_on == card.low_on == "Wed 6 Nov"
    assert 'role="img"' in card.picture


def test_units_past_their_last_day_are_lost_unless_used_before():
    unused = group_of(stock_fan(stock(A_neg=[0, 0, 0, 30]), constant(0), "red_cells", 2.0, as_of=AS_OF), "A-")
    assert unused["p50_days"].tolist() == [0.5] * 7
    used = group_of(stock_fan(stock(A_neg=[2, 2, 30, 30]), constant(1), "red_cells", 2.0, as_of=AS_OF), "A-")
    assert used["p50_days"].tolist() == [1.0, 0.5, 0, 0, 0, 0, 0]


def test_a_group_without_use_has_no_fan():
    courses = constant(0)
    fan = stock_fan(
        stock(O_pos=[3]), Courses(courses.asked, courses.donated, np.zeros(8)), "red_cells", 2.0, as_of=AS_OF
    )
    assert fan["p50_days"].isna().all()
    assert not fan["is_below_alert"].any()
    assert fan_cards(fan) == []


def test_sites_add_up_to_the_region_and_open_requests_stay_where_they_were_made():
    asked = pd.DataFrame({"site_id": ["H1", "H2", "H1"], "urgency": [0, 0, 8], "requested_units": [300, 100, 50]})
    request = {
        "request_id": "r", "patient_id": "p", "site_id": "H3", "component": "red_cells", "patient_blood_group": "O+",
        "supply_blood_group": "O+", "is_emergency_rule": False, "sex": "F", "age_years": 60.0,
        "needs_irradiated": False, "antibodies": "", "urgency": 8, "shortage_tier": 1,
        "requested_at": pd.Timestamp("2024-10-30", tz="UTC"),
        "requested_on": pd.Timestamp("2024-10-30"), "due_on": pd.Timestamp("2024-10-20"), "open_units": 2,
        "reserved_units": 0,
    }  # fmt: skip
    requests = conform(pd.DataFrame([request]), OPEN_REQUESTS)
    courses = new_courses(demand(), BUSY, as_of=AS_OF)
    found = demand_by_site(demand(), requests, asked, courses, SUPPLY, as_of=AS_OF)
    by_site, by_class = found["demand_by_site"], found["demand_by_site_urgency"]
    for frame, layout in ((by_site, DEMAND_BY_SITE), (by_class, DEMAND_BY_SITE_URGENCY)):
        pd.testing.assert_frame_equal(frame, conform(frame, layout))
        assert frame.groupby(["day_number", "blood_group"])["expected_units"].sum().to_numpy() == pytest.approx(9.0)
        assert frame["known_units"].sum() == 2
        assert (frame["p95_units"] >= frame["p50_units"]).all()
    assert by_class.groupby("urgency")["expected_units"].sum().to_numpy() == pytest.approx(8 * 8 * 3.0)
    row = by_class[by_class["known_units"] > 0].iloc[0]
    assert row[["site_id", "blood_group", "day_number", "urgency", "p50_units"]].tolist() == ["H3", "O+", 1, 8, 2]
    very_urgent, later = (by_class[by_class["urgency"] == n].groupby("site_id")["expected_units"].sum() for n in (0, 8))
    assert very_urgent["H1"] == pytest.approx(3 * very_urgent["H2"], rel=0.01)
    assert later["H1"] > 50 * later["H2"] > 0
    sums = by_class.groupby(["day_number", "site_id", "blood_group"])["p95_units"].sum()
    whole = by_site.set_index(["day_number", "site_id", "blood_group"])["p95_units"]
    assert (sums >= whole).all()  # the classes of a site are not all at their worst on one day


def test_in_every_course_sites_and_classes_add_up_to_the_region():
    courses = new_courses(demand(), BUSY, as_of=AS_OF)[:, :8]
    expected = np.ones((8, 8, 3, 3)) * np.array([1.0, 0.0, 5.0])[:, None]
    expected[:, 0] = 0.0
    shared = share_out(courses, expected, seed=1)
    assert (shared.sum(axis=(3, 4)) == courses).all()
    assert shared[:, :, 1:, 1].sum() == 0
    assert shared[:, :, 1:, 2].mean() == pytest.approx(5 * shared[:, :, 1:, 0].mean(), rel=0.05)
    assert shared[:, :, 0].mean(axis=(0, 1)) == pytest.approx(courses[:, :, 0].mean() / 9, rel=0.1)
