"""The reliability curve: what share was observed where a share was predicted; on the diagonal they are the same."""

from collections.abc import Sequence

from markupsafe import Markup

from hemoflow.reports.svg import element
from hemoflow.reports.words import percent

WIDTH, HEIGHT, LEFT, FOOT = 380, 300, 52, 40
STEPS = 4


def reliability_picture(name: str, points: Sequence[tuple[float, float, int]]) -> Markup:
    """The curve of one source; both axes end at the largest share, because most predictions are small.

    Args:
        name: Whose predictions.
        points: Mean predicted share, observed share and number of days of each bin, by rising risk.
    """
    top = max([0.05, *(share for point in points for share in point[:2])]) * 1.05
    high = HEIGHT - FOOT
    spots = [(LEFT + (WIDTH - LEFT) * x / top, high * (1 - y / top)) for x, y, _ in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    words = "; ".join(f"predicted {percent(x, 1)}, observed {percent(y, 1)} on {n} days" for x, y, n in points)
    return element(
        "svg", element("title", f"Reliability: {name}"), element("desc", words), *_axes(top),
        element("line", x1=LEFT, y1=high, x2=WIDTH, y2=0, class_="ideal"),
        element("polyline", points=path, class_="curve"),
        *(element("circle", cx=x, cy=y, r=4, class_="spot") for x, y in spots),
        viewBox=f"-2 -8 {WIDTH + 12} {HEIGHT + 8}", width=WIDTH, role="img", aria_label=f"Reliability: {name}. {words}",
        class_="reliability",
    )  # fmt: skip


def _axes(top: float) -> list[Markup]:
    high, wide = HEIGHT - FOOT, WIDTH - LEFT
    marks = []
    for step in range(STEPS + 1):
        part, words = step / STEPS, percent(top * step / STEPS, 1)
        marks += [
            element("line", x1=LEFT, x2=WIDTH, y1=high * (1 - part), y2=high * (1 - part), class_="grid"),
            element("text", words, x=LEFT - 6, y=high * (1 - part) + 4, text_anchor="end"),
            element("text", words, x=LEFT + wide * part, y=high + 16, text_anchor="end" if step else "start"),
        ]
    marks.append(element("text", "predicted", x=WIDTH, y=high + 34, text_anchor="end"))
    marks.append(element("text", "observed (up)", x=LEFT, y=high + 34))
    return marks
