"""The pictures of the brief: days of stock, supply by day, stock over the plan.

Nothing is said by colour alone: shape, hatch and number say it too. Colours are classes; the style sheet of the
templates gives them, and a test checks their contrast.
"""

from collections.abc import Sequence
from itertools import starmap

from markupsafe import Markup

from hemoflow.reports.svg import drawing, element, share
from hemoflow.reports.words import counted, number

BAR_HEIGHT = 24
DAY_HEIGHT = 92
TRACE_HEIGHT = 46
FAN_HEIGHT = 60
LABEL_ROOM = 18


def days_scale(days: Sequence[float], target: float) -> float:
    """Days at the right edge of the stock bars: all of them where they fit, but at most two and a half targets."""
    return min(max([1.5 * target, *(value for value in days if value == value)]), 2.5 * target)  # noqa: PLR0124  NaN


def stock_bar(group: str, days: float, phase: str, *, target: float, alert: float, scale: float) -> Markup:
    """One group's days of stock as a bar crossed by the alert and the target line.

    Args:
        group: Blood group.
        days: Days of stock; NaN when the group has no use on record.
        phase: green, amber or red.
        target: Policy target, days.
        alert: Policy alert, days.
        scale: Days at the right edge; a longer bar ends in an arrow.
    """
    known = days == days  # noqa: PLR0124  NaN
    words = f"{group}: {number(days, 1)} days of stock" if known else f"{group}: no use on record"
    width = share(days, scale) if known else "0%"
    strokes = [
        element("rect", x="0", y=4, width=width, height=16, class_=f"bar {phase}"),
        *(
            [element("rect", x="0", y=4, width=width, height=16, fill=f"url(#{phase}-hatch)")]
            if phase != "green"
            else []
        ),
        *([_arrow()] if known and days > scale else []),
        *([] if known else [element("text", "no use on record", x=share(target, scale), dx=8, y=16, class_="note")]),
        *starmap(_threshold, (("alert", share(alert, scale)), ("target", share(target, scale)))),
    ]
    description = f"{phase}; alert below {alert:g}, target {target:g} days"
    return drawing(words, description, *strokes, height=BAR_HEIGHT, class_="stock-bar")


def stock_axis(*, target: float, alert: float, scale: float) -> Markup:
    """The scale above the stock bars: zero, alert and target, in days."""
    marks = [("0", 0.0, "start"), (f"alert {alert:g}", alert, "middle"), (f"target {target:g}", target, "middle")]
    words = [element("text", text, x=share(at, scale), y=11, text_anchor=anchor) for text, at, anchor in marks[1:]]
    lines = [element("line", x1=share(at, scale), x2=share(at, scale), y1=15, y2=20) for _, at, _ in marks]
    return drawing("Scale in days", "", *words, *lines, height=20, class_="axis")


def phase_mark(phase: str) -> Markup:
    """A shape for each phase: circle green, triangle amber, square red."""
    shapes = {
        "green": element("circle", cx=6, cy=6, r=5),
        "amber": element("path", d="M6 0.5 L11.7 11 L0.3 11 Z"),
        "red": element("rect", x=1, y=1, width=10, height=10),
    }
    return element(
        "svg", shapes[phase], width=12, height=12, viewBox="0 0 12 12", class_=f"mark {phase}", aria_hidden="true"
    )


def supply_bar(label: str, internal: int, external: int, tallest: int) -> Markup:
    """One day's supply: units from outside, hatched, on top of units from stock and donations.

    Args:
        label: The day in words.
        internal: Units from stock and donations.
        external: Units from outside.
        tallest: The largest day's units; all days share it as their scale.
    """
    room = DAY_HEIGHT - LABEL_ROOM
    heights = [room * units / max(tallest, 1) for units in (internal, external)]
    tops = [DAY_HEIGHT - heights[0], DAY_HEIGHT - sum(heights)]
    strokes = [
        element("rect", x="14%", y=tops[0], width="72%", height=heights[0], class_="internal"),
        element("rect", x="14%", y=tops[1], width="72%", height=heights[1], class_="external"),
        element("rect", x="14%", y=tops[1], width="72%", height=heights[1], fill="url(#external-hatch)"),
        element("text", number(internal + external), x="50%", y=tops[1] - 5, text_anchor="middle"),
    ]
    title = f"{label}: {counted(internal, 'unit')} from stock, {number(external)} from outside"
    return drawing(title, "", *strokes, height=DAY_HEIGHT, class_="supply-bar")


def stock_trace(group: str, stock: Sequence[int], external: Sequence[int], alert_units: float) -> Markup:
    """One group's stock at the end of each day of the plan, the alert level, and units from outside as bars.

    Args:
        group: Blood group.
        stock: Units after each day.
        external: Units from outside on each day.
        alert_units: Units that the alert level stands for.
    """
    top = 1.08 * max([*stock, *external, alert_units, 1])
    days = len(stock)
    points = " ".join(f"{100 * (i + 0.5) / days:.2f},{100 - 100 * units / top:.2f}" for i, units in enumerate(stock))
    level = 100 - 100 * alert_units / top
    first, last = 50 / days, 100 - 50 / days
    bars = [
        element("rect", x=100 * (i + 0.2) / days, y=100 - high, width=60 / days, height=high, class_="external")
        for i, high in enumerate(100 * units / top for units in external)
        if high > 0
    ]
    plot = element(
        "svg",
        *bars,
        element("polygon", points=f"{first:.2f},100 {points} {last:.2f},100", class_="area"),
        element("line", x1=0, x2=100, y1=level, y2=level, class_="alert"),
        element("polyline", points=points, class_="trace"),
        viewBox="0 0 100 100", preserveAspectRatio="none", width="100%", height=TRACE_HEIGHT,
    )  # fmt: skip
    title = f"{group}: stock {number(stock[0])} after today, {number(stock[-1])} after {days} days"
    words = (
        f"Lowest {number(min(stock))}; alert level {number(alert_units)}; {counted(sum(external), 'unit')} from outside"
    )
    return drawing(title, words, plot, height=TRACE_HEIGHT, class_="trace-chart")


def stock_fan(
    group: str, days: Sequence[str], levels: Sequence[Sequence[float]], *, alert: float, top: float
) -> Markup:
    """One group's days of stock ahead: the middle eight of ten courses as a band, their median as a line.

    Args:
        group: Blood group.
        days: The days in words.
        levels: Tenth, median and ninetieth percentile by day.
        alert: Policy alert, days.
        top: Days at the upper edge, the same for all groups.
    """
    places = [100 * i / max(len(days) - 1, 1) for i in range(len(days))]
    low, middle, high = (
        [f"{x:.2f},{100 - 100 * min(value / max(top, alert), 1.0):.2f}" for x, value in zip(places, level, strict=True)]
        for level in levels
    )
    level = 100 - 100 * alert / max(top, alert)
    plot = element(
        "svg",
        element("polygon", points=" ".join([*high, *reversed(low)]), class_="area"),
        element("line", x1=0, x2=100, y1=level, y2=level, class_="alert"),
        element("polyline", points=" ".join(middle), class_="trace"),
        viewBox="0 0 100 100", preserveAspectRatio="none", width="100%", height=FAN_HEIGHT,
    )  # fmt: skip
    ends = [number(values[-1], 1) for values in levels]
    title = f"{group}: {ends[1]} days of stock expected at the end of {days[-1]}"
    words = f"between {ends[0]} and {ends[2]} in eight courses of ten; alert below {alert:g} days"
    return drawing(title, words, plot, height=FAN_HEIGHT, class_="trace-chart")


def _threshold(name: str, at: str) -> Markup:
    return element("line", x1=at, x2=at, y1=0, y2=BAR_HEIGHT, class_=name)


def _arrow() -> Markup:
    return element("text", "›", x="99%", y=18, text_anchor="end", class_="arrow")
