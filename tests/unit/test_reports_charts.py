"""Geometry and text alternatives of the pictures, read back from the SVG."""

import re
import xml.etree.ElementTree as ET

import pytest

from hemoflow.reports import charts

LIMITS = {"target": 6.0, "alert": 2.0, "scale": 12.0}


def parsed(picture):
    return ET.fromstring(str(picture))


def test_a_stock_bar_is_as_long_as_its_days():
    bar = parsed(charts.stock_bar("O−", 3.0, "amber", **LIMITS))
    assert bar.find("rect").get("width") == "25%"
    assert [line.get("x1") for line in bar.findall("line")] == ["16.67%", "50%"]
    assert bar.find("title").text == "O−: 3.0 days of stock"
    assert bar.find("desc").text == "amber; alert below 2, target 6 days"


@pytest.mark.parametrize(("phase", "hatches"), [("green", 0), ("amber", 1), ("red", 1)])
def test_phases_differ_without_colour(phase, hatches):
    assert str(charts.stock_bar("A+", 3.0, phase, **LIMITS)).count(f"url(#{phase}-hatch)") == hatches
    shapes = {parsed(charts.phase_mark(name))[0].tag for name in ("green", "amber", "red")}
    assert shapes == {"circle", "path", "rect"}


def test_a_bar_beyond_the_scale_says_so_and_an_unknown_one_has_no_length():
    assert parsed(charts.stock_bar("A+", 30.0, "green", **LIMITS)).find("text").text == "›"
    unknown = parsed(charts.stock_bar("AB−", float("nan"), "amber", **LIMITS))
    assert unknown.find("rect").get("width") == "0%"
    assert unknown.find("title").text == "AB−: no use on record"


@pytest.mark.parametrize(
    ("days", "scale"), [([1.0, 2.0], 9.0), ([7.0, 10.0], 10.0), ([40.0, float("nan")], 15.0), ([], 9.0)]
)
def test_the_scale_holds_the_target_and_is_not_ruined_by_one_group(days, scale):
    assert charts.days_scale(days, 6.0) == scale


def test_supply_bars_stack_to_the_total():
    bar = parsed(charts.supply_bar("Thu", 60, 40, tallest=200))
    inner, outer = bar.findall("rect")[:2]
    room = charts.DAY_HEIGHT - charts.LABEL_ROOM
    assert float(inner.get("height")) == pytest.approx(room * 0.3)
    assert float(outer.get("height")) == pytest.approx(room * 0.2)
    assert float(outer.get("y")) + float(outer.get("height")) == pytest.approx(float(inner.get("y")))
    assert bar.find("text").text == "100"
    assert bar.find("title").text == "Thu: 60 units from stock, 40 from outside"


def test_a_day_without_supply_can_be_drawn():
    assert parsed(charts.supply_bar("Thu", 0, 0, tallest=0)).find("text").text == "0"


def test_a_trace_falls_when_the_stock_falls():
    picture = parsed(charts.stock_trace("B+", [10, 5, 0], [0, 0, 3], alert_units=4))
    plot = picture.find("svg")
    heights = [float(point.split(",")[1]) for point in plot.find("polyline").get("points").split()]
    assert heights == sorted(heights)
    assert heights[-1] == 100
    assert len(plot.findall("rect")) == 1
    assert picture.find("desc").text == "Lowest 0; alert level 4; 3 units from outside"


def test_labels_are_escaped():
    assert "<b>" not in re.sub(r"<svg[^>]*>", "", str(charts.supply_bar("<b>", 1, 1, tallest=2)))
