"""The pictures of the segments: profiles, consensus matrix, rules against their aims, choice of k, priority.

Shade and length are always said by a number or a word too; colours are classes of the style sheet.
"""

from collections.abc import Hashable, Mapping, Sequence

import pandas as pd
from markupsafe import Markup

from hemoflow.reports.svg import drawing, element, share
from hemoflow.reports.words import number, percent

CELL_HEIGHT, TEXT_AT = 26, 17
SHADES = 5
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 840, 270, 54, 190, 16, 40
MATRIX, EDGE = 420, 34
LABEL_GAP = 17
FARTHEST = 2.0
"""Spreads of the cohort at which a bar of a profile ends."""
QUARTERS = ("low", "lower", "middle", "upper", "high")

Row = Mapping[Hashable, object]


def profile_cell(segment: int, trait: str, said: str, away: float) -> Markup:
    """A trait of a segment: the value in words and a bar from the middle of the cell, as far as it is from the cohort.

    Args:
        segment: Segment.
        trait: Trait in words.
        said: Its middle in the segment.
        away: Distance from the cohort's middle in the cohort's spreads; NaN draws no bar.
    """
    known = away == away  # noqa: PLR0124  NaN
    length = 50 * min(abs(away), FARTHEST) / FARTHEST if known else 0.0
    side = "above the cohort" if away > 0 else "below the cohort" if away < 0 else "as the cohort"
    strokes = [
        element("rect", x=share(50 if away > 0 else 50 - length, 100), y=2, width=share(length, 100),
                height=CELL_HEIGHT - 4, class_="heat-2" if away > 0 else "heat-4 lower"),
        element("line", x1="50%", x2="50%", y1=0, y2=CELL_HEIGHT, class_="cohort"),
        element("text", said, x=4, y=TEXT_AT),
    ]  # fmt: skip
    title = f"Segment {segment}, {trait}: {said}"
    return drawing(title, side, *strokes, height=CELL_HEIGHT, class_="heat profile")


def consensus_matrix(blocks: Sequence[Sequence[float]], segments: Sequence[int]) -> Markup:
    """How often patients fall into one cluster: groups of neighbours by groups of neighbours, sorted by segment."""
    count = len(blocks)
    side = (MATRIX - EDGE) / max(count, 1)
    marks = [mark for row, shares in enumerate(blocks) for mark in _matrix_row(row, shares, side)]
    starts = [i for i in range(count) if i == 0 or segments[i] != segments[i - 1]]
    for start, end in zip(starts, [*starts[1:], count], strict=True):
        at, middle = EDGE + start * side, EDGE + (start + end) / 2 * side
        marks += [
            element("line", x1=EDGE, x2=MATRIX, y1=at, y2=at, class_="cohort"),
            element("line", y1=EDGE, y2=MATRIX, x1=at, x2=at, class_="cohort"),
            element("text", str(segments[start]), x=EDGE / 2, y=middle + 4, text_anchor="middle"),
            element("text", str(segments[start]), x=middle, y=EDGE - 10, text_anchor="middle"),
        ]
    title, words = "Consensus matrix", _matrix_words(blocks, segments)
    return element(
        "svg", element("title", title), element("desc", words), *marks, viewBox=f"0 0 {MATRIX} {MATRIX}",
        width=MATRIX, role="img", aria_label=f"{title}. {words}", class_="matrix",
    )  # fmt: skip


def coverage_bar(title: str, row: Row, name: str, aim: float) -> Markup:
    """A held-out share of a segment's rules, its 95 % interval and the aim, on a scale from 0 to 1."""
    value, low, high = (float(str(row[f"{name}{part}_share"])) for part in ("", "_low", "_high"))
    strokes = [
        element("rect", x="0%", y=6, width=share(value, 1), height=CELL_HEIGHT - 12, class_="heat-3"),
        element("line", x1=share(low, 1), x2=share(high, 1), y1=13, y2=13, class_="cohort"),
        element("line", x1=share(aim, 1), x2=share(aim, 1), y1=1, y2=CELL_HEIGHT - 1, class_="aim"),
    ]
    words = f"95 % {number(low, 2)} to {number(high, 2)}, aim {number(aim, 2)}"
    return drawing(f"{title}: {number(value, 2)}", words, *strokes, height=CELL_HEIGHT, class_="heat")


def choice_picture(candidates: pd.DataFrame) -> Markup:
    """Score of every candidate by number of clusters asked for, a line for each function, the chosen ringed."""
    table = candidates.pivot_table(index="k", columns="function", values="score_share")
    ks = [int(k) for k in table.index]
    low = min(float(candidates["score_share"].min()), 0.5)
    marks, lowest = _choice_axes(ks, low), TOP - float(LABEL_GAP)
    for way, name in enumerate(sorted(table.columns, key=lambda name: -table[name].iloc[-1])):
        line = table[name].dropna()
        points = " ".join(
            f"{_x(k, ks):.1f},{_y(score, low):.1f}" for k, score in zip(line.index.tolist(), line, strict=True)
        )
        lowest = max(_y(line.iloc[-1], low) + 4, lowest + LABEL_GAP)
        marks += [element("polyline", points=points, fill="none", class_=f"way way-{way}"), *_key(way, name, lowest)]
    best = candidates[candidates["is_chosen"]].to_dict("records")
    marks += [
        element("circle", cx=_x(one["k"], ks), cy=_y(one["score_share"], low), r=7, class_="ring") for one in best
    ]
    words = "; ".join(
        f"{one['function']} with k = {one['k']} chosen, score {number(one['score_share'], 3)}" for one in best
    )
    title = "Score of the candidates by number of clusters"
    return element(
        "svg", element("title", title), element("desc", words), *marks, viewBox=f"0 0 {WIDTH} {HEIGHT}", width="100%",
        role="img", aria_label=f"{title}. {words}", class_="frontier",
    )  # fmt: skip


def priority_bar(segment: int, spread: Mapping[str, float]) -> Markup:
    """Scores of a segment from 0 to 100: line from 5 % to 95 %, box of the middle half, mark of the median."""
    at = {name: share(float(spread[name]), 100) for name in QUARTERS}
    strokes = [
        element("line", x1=at["low"], x2=at["high"], y1=13, y2=13, class_="cohort"),
        element("rect", x=at["lower"], y=5, width=share(spread["upper"] - spread["lower"], 100), height=16,
                class_="heat-3"),
        element("line", x1=at["middle"], x2=at["middle"], y1=2, y2=24, class_="middle"),
    ]  # fmt: skip
    words = f"middle half {number(spread['lower'])} to {number(spread['upper'])}"
    title = f"Segment {segment}: median score {number(spread['middle'])}"
    return drawing(title, words, *strokes, height=CELL_HEIGHT, class_="range")


def _matrix_row(row: int, shares: Sequence[float], side: float) -> list[Markup]:
    """Neighbouring cells of one shade are one mark."""
    shades = [min(SHADES, int(value * SHADES) + 1) for value in shares]
    starts = [i for i in range(len(shades)) if i == 0 or shades[i] != shades[i - 1]]
    return [
        element("rect", x=EDGE + start * side, y=EDGE + row * side, width=(end - start) * side + 0.3,
                height=side + 0.3, class_=f"heat-{shades[start]}")
        for start, end in zip(starts, [*starts[1:], len(shades)], strict=True)
    ]  # fmt: skip


def _matrix_words(blocks: Sequence[Sequence[float]], segments: Sequence[int]) -> str:
    pairs = [(a, b) for a in range(len(blocks)) for b in range(len(blocks))]
    inside = [blocks[a][b] for a, b in pairs if segments[a] == segments[b]]
    across = [blocks[a][b] for a, b in pairs if segments[a] != segments[b]]
    means = [sum(values) / len(values) if values else float("nan") for values in (inside, across)]
    return (
        f"Together in {percent(means[0])} of the clusterings within a segment, in {percent(means[1])} across segments"
    )


def _x(k: float, ks: Sequence[int]) -> float:
    span = ks[-1] - ks[0]
    return LEFT + (WIDTH - LEFT - RIGHT) * (0.05 + 0.9 * (k - ks[0]) / span if span else 0.5)


def _y(score: float, low: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (score - low) / (1.0 - low)


def _choice_axes(ks: Sequence[int], low: float) -> list[Markup]:
    marks: list[Markup] = []
    for step in range(5):
        value = low + (1.0 - low) * step / 4
        at = _y(value, low)
        marks += [
            element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=at, y2=at, class_="grid"),
            element("text", number(value, 2), x=LEFT - 8, y=at + 4, text_anchor="end"),
        ]
    marks += [element("text", str(k), x=_x(k, ks), y=HEIGHT - BOTTOM + 18, text_anchor="middle") for k in ks]
    middle = (LEFT + WIDTH - RIGHT) / 2
    return [*marks, element("text", "Clusters asked for", x=middle, y=HEIGHT - 4, text_anchor="middle")]


def _key(way: int, name: str, at: float) -> list[Markup]:
    left = WIDTH - RIGHT + 12
    return [
        element("line", x1=left, x2=left + 34, y1=at - 4, y2=at - 4, class_=f"way way-{way}"),
        element("text", name, x=left + 40, y=at, class_="label"),
    ]
