"""The picture of a plan, one file that any browser or word processor opens: supply, outdates and the age of the stock.

Three panels share the days: what was asked and what it gets, what is lost, and what stands on the shelf by the days of
life that it has left. Nothing is said by colour alone: each series has its own hatch or stroke, and all have numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from hemoflow.reports.svg import element

WIDTH, LEFT, RIGHT, HEAD = 960, 58, 12, 74
PANELS = (("Supply", 190), ("Outdates", 70), ("Stock at the end of the day, by days of life left", 150))
GAP, FOOT, PART = 40, 34, 0.72
STYLE = """
text{font:12px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#1d2733}
.count{paint-order:stroke;stroke:#fff;stroke-width:3px}
.title{font-size:17px;font-weight:600}.head{font-size:13px;font-weight:600}.quiet{fill:#4a5766}
.axis{stroke:#8793a1;stroke-width:1}.grid{stroke:#d9dfe6;stroke-width:1}
.own{fill:#2f6f9f}.outside{fill:#c8501e}.lost{fill:#6b3fa0}.asked{fill:none;stroke:#1d2733;stroke-width:2}
.age0{fill:#b3261e}.age1{fill:#d99a1c}.age2{fill:#4f8f5b}
"""
AGES = ("3 days or fewer", "4 to 7 days", "8 days and more")


@dataclass(frozen=True, slots=True)
class PlanPicture:
    """What the picture shows; each sequence has one entry a day.

    Attributes:
        title: What is planned.
        days: Short words for each day.
        own_units: Units supplied from stock and donations.
        external_units: Units from outside.
        due_units: Units of requests that fall due.
        outdated_units: Units outdated at the end of the day.
        stock_units: Stock at the end of the day by days of life left: at most 3, 4 to 7, more.
    """

    title: str
    days: Sequence[str]
    own_units: Sequence[float]
    external_units: Sequence[float]
    due_units: Sequence[float]
    outdated_units: Sequence[float]
    stock_units: Sequence[tuple[float, float, float]]


def plan_svg(picture: PlanPicture) -> str:
    """The picture as SVG, the same bytes for the same plan."""
    tops, top = [], HEAD + 22
    for _, high in PANELS:
        tops.append(top)
        top += high + GAP
    height = top - GAP + FOOT
    body = [_supply(picture, tops[0]), _lost(picture, tops[1]), _stock(picture, tops[2]), _day_words(picture, height)]
    totals = (
        f"{sum(picture.own_units):g} units from stock and donations, {sum(picture.external_units):g} from outside, "
        f"{sum(picture.outdated_units):g} outdated"
    )
    head = [
        element("title", f"{picture.title}: {totals}"), element("style", Markup(STYLE)), _hatches(),  # noqa: S704 ours
        element("rect", width=WIDTH, height=height, fill="#fff"),
        element("text", picture.title, x=LEFT, y=24, class_="title"),
        element("text", totals, x=LEFT, y=44, class_="quiet"),
    ]  # fmt: skip
    return str(
        element(
            "svg", *head, *body, xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {height}", width=WIDTH,
            height=height, role="img",
        )
    ) + "\n"  # fmt: skip


def _supply(picture: PlanPicture, top: int) -> Markup:
    high = PANELS[0][1]
    stacked = [a + b for a, b in zip(picture.own_units, picture.external_units, strict=True)]
    most = _round_up(max([*stacked, *picture.due_units, 1]))
    legend = (
        ("own", "from stock and donations"),
        ("outside", "from outside (hatched)"),
        ("asked", "due that day (line)"),
    )
    bars = _stacks(picture, top, high, most, (("own", picture.own_units), ("outside", picture.external_units)))
    step = _step(len(picture.days))
    rungs = [
        element(
            "line", x1=LEFT + step * i, x2=LEFT + step * (i + 1), y1=_y(top, high, units, most),
            y2=_y(top, high, units, most), class_="asked",
        )
        for i, units in enumerate(picture.due_units)
    ]  # fmt: skip
    return element("g", _frame(0, top, most, legend), *bars[0], *rungs, *bars[1])


def _lost(picture: PlanPicture, top: int) -> Markup:
    most = _round_up(max([*picture.outdated_units, 1]))
    bars = _stacks(picture, top, PANELS[1][1], most, (("lost", picture.outdated_units),))
    return element("g", _frame(1, top, most, (("lost", "units outdated at the end of the day"),)), *bars[0], *bars[1])


def _stock(picture: PlanPicture, top: int) -> Markup:
    most = _round_up(max([sum(day) for day in picture.stock_units] + [1]))
    series = [(f"age{n}", [day[n] for day in picture.stock_units]) for n in range(len(AGES))]
    legend = tuple((f"age{n}", words) for n, words in enumerate(AGES))
    bars = _stacks(picture, top, PANELS[2][1], most, series)
    return element("g", _frame(2, top, most, legend), *bars[0], *bars[1])


def _stacks(
    picture: PlanPicture, top: int, high: int, most: float, series: Sequence[tuple[str, Sequence[float]]]
) -> tuple[list[Markup], list[Markup]]:
    """Bars, and the numbers above them."""
    step = _step(len(picture.days))
    strokes: list[Markup] = []
    numbers: list[Markup] = []
    for i, day in enumerate(picture.days):
        below = 0.0
        for name, values in series:
            if values[i] > 0:
                box = {"x": LEFT + step * (i + (1 - PART) / 2), "y": _y(top, high, below + values[i], most)}
                box |= {"width": step * PART, "height": high * values[i] / most}
                words = element("title", f"{day}: {values[i]:g} {WORDS[name]}")
                strokes.append(element("rect", words, class_=name, **box))
                strokes += [element("rect", fill=f"url(#{name})", **box)] if name in HATCHED else []
            below += values[i]
        if below and step * PART >= 18:  # noqa: PLR2004 - room for two digits
            at = {"x": LEFT + step * (i + 0.5), "y": _y(top, high, below, most) - 4}
            numbers.append(element("text", f"{below:g}", text_anchor="middle", class_="count", **at))
    return strokes, numbers


WORDS = {
    "own": "units from stock and donations", "outside": "units from outside", "lost": "units outdated",
    "age0": f"units with {AGES[0]} left", "age1": f"units with {AGES[1]} left", "age2": f"units with {AGES[2]} left",
}  # fmt: skip
HATCHED = {"outside": 45, "age0": -45, "age1": 90}


def _hatches() -> Markup:
    patterns = [
        element(
            "pattern", element("rect", width=1.6, height=6, fill="#fff", fill_opacity=0.7), id=name, width=6, height=6,
            patternUnits="userSpaceOnUse", patternTransform=f"rotate({angle})",
        )
        for name, angle in HATCHED.items()
    ]  # fmt: skip
    return element("defs", *patterns)


def _frame(panel: int, top: int, most: float, legend: Sequence[tuple[str, str]]) -> Markup:
    words, high = PANELS[panel]
    right = WIDTH - RIGHT
    parts = [element("text", words, x=LEFT, y=top - 22, class_="head")]
    x = float(right)
    for name, text in reversed(legend):
        x -= 6.7 * len(text)
        parts.append(element("text", text, x=x, y=top - 22, class_="quiet"))
        x -= 16
        box = {"x": x, "y": top - 32, "width": 11, "height": 11}
        parts.append(element("rect", class_=name, **box))
        parts += [element("rect", fill=f"url(#{name})", **box)] if name in HATCHED else []
        x -= 14
    for part in (0.0, 0.5, 1.0):
        y = _y(top, high, most * part, most)
        parts.append(element("line", x1=LEFT, x2=right, y1=y, y2=y, class_="grid" if part else "axis"))
        parts.append(element("text", f"{most * part:g}", x=LEFT - 8, y=y + 4, text_anchor="end", class_="quiet"))
    return element("g", *parts)


def _day_words(picture: PlanPicture, height: int) -> Markup:
    step = _step(len(picture.days))
    longest = max(map(len, picture.days), default=1)
    every = max(1, round(longest * 7.5 / step + 0.49))
    marks = [
        element("text", day, x=LEFT + step * (i + 0.5), y=height - 12, text_anchor="middle", class_="quiet")
        for i, day in enumerate(picture.days)
        if i % every == 0
    ]
    return element("g", *marks)


def _step(days: int) -> float:
    return (WIDTH - LEFT - RIGHT) / max(days, 1)


def _y(top: int, high: int, units: float, most: float) -> float:
    return top + high - high * units / most


def _round_up(most: float) -> float:
    """The next even whole number, so that half of it is whole too."""
    return 2 * max(1, -(-int(-(-most // 1)) // 2))
