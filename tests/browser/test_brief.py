"""The pages in a real browser, opened from disk: silent, legible, printable, narrow."""

import re

import pytest

from hemoflow.reports.brief import brief_html
from hemoflow.reports.home_pages import capacity_html, go_no_go_html, routing_html
from hemoflow.reports.pages import allocation_html, worklist_html
from tests.browser.sample import make_day

MM = 96 / 25.4
A4_WIDTH, A4_HEIGHT = (round(side * MM) for side in (210 - 2 * 12, 297 - 2 * 9))
TEXT_PAIRS = [("ink", "paper"), ("muted", "paper"), ("ink", "wash"), ("red", "paper"), ("internal", "paper")]
SHAPE_PAIRS = [(name, "paper") for name in ("green", "amber", "red", "internal", "external")]


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    folder, day = tmp_path_factory.mktemp("pages"), make_day()
    html = {
        "brief": brief_html(day),
        "worklist": worklist_html(day.header, day.worklist, day.routes, day.allocations),
        "pick": allocation_html(day.header, day.allocations),
        "routing": routing_html(day),
        "capacity": capacity_html(day),
        "go": go_no_go_html(day.header, day.go_no_go),
    }
    for name, text in html.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in html}


@pytest.fixture
def open_page(browser, pages):
    opened = []

    def visit(name, *, width=1000, height=900, media="screen"):
        page = browser.new_page(viewport={"width": width, "height": height})
        opened.append(page)
        page.noise, page.asked = [], []
        page.on("console", lambda message: page.noise.append(message.text))
        page.on("pageerror", lambda error: page.noise.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.emulate_media(media=media)
        page.goto(pages[name])
        return page

    yield visit
    for page in opened:
        page.close()


@pytest.mark.parametrize("name", ["brief", "worklist", "pick", "routing", "capacity", "go"])
def test_a_page_from_disk_is_silent_and_asks_for_nothing(open_page, pages, name):
    page = open_page(name)
    assert page.noise == []
    assert page.asked == [pages[name]]
    assert page.locator("h1").count() == 1
    assert page.locator(".status").inner_text().startswith("DRAFT")


def test_the_headline_and_the_stock_bars_are_on_the_first_screen(open_page):
    page = open_page("brief", width=1280, height=900)
    bottom = page.locator(".stock tbody tr").last.evaluate("row => row.getBoundingClientRect().bottom")
    assert bottom < 900
    assert page.locator(".short dt").first.inner_text() == "Stop"


def test_bars_are_in_proportion_to_days(open_page):
    page = open_page("brief")
    widths = page.locator(".stock-bar rect.bar").evaluate_all(
        "bars => bars.map(bar => bar.getBoundingClientRect().width)"
    )
    days = make_day().stock_status.set_index("blood_group")["days_of_stock"]
    assert widths[1] / widths[0] == pytest.approx(days["O+"] / days["O-"], rel=0.02)
    assert widths[6] == 0


@pytest.mark.parametrize("name", ["brief", "worklist", "pick", "routing", "capacity", "go"])
def test_a_telephone_never_scrolls_sideways(open_page, name):
    page = open_page(name, width=390, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_brief_prints_on_two_a4_sides_without_being_cut(open_page):
    page = open_page("brief", width=A4_WIDTH, height=A4_HEIGHT, media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= A4_WIDTH
    right = page.locator("main *").evaluate_all("all => Math.max(...all.map(one => one.getBoundingClientRect().right))")
    assert right <= A4_WIDTH + 1
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", paper)) == 2


@pytest.mark.parametrize("name", ["worklist", "pick", "routing", "go"])
def test_working_pages_print_on_a4_landscape(open_page, name):
    width = round((297 - 2 * 11) * MM)
    page = open_page(name, width=width, height=700, media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert re.search(rb"/MediaBox\s*\[0 0 841\.\d+ 59\d", page.pdf(prefer_css_page_size=True))


@pytest.mark.parametrize(("pairs", "least"), [(TEXT_PAIRS, 4.5), (SHAPE_PAIRS, 3.0)], ids=["text", "shapes"])
def test_contrast_meets_wcag_aa(open_page, pairs, least):
    page = open_page("brief")
    style = "getComputedStyle(document.documentElement)"
    for pair in pairs:
        colours = [page.evaluate(f"{style}.getPropertyValue('--{name}')") for name in pair]
        light, dark = sorted(map(luminance, colours), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= least, pair


def test_text_is_at_least_twelve_pixels(open_page):
    sizes = (
        open_page("brief")
        .locator("main *")
        .evaluate_all("all => all.map(one => parseFloat(getComputedStyle(one).fontSize))")
    )
    assert min(sizes) >= 12


def luminance(colour):
    """Relative luminance of ``#rrggbb`` (WCAG 2.1)."""
    parts = [int(colour.strip()[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
