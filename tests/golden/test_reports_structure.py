"""The brief's skeleton: what stands where, so that a reader finds it in the same place every morning."""

import re

from hemoflow.reports.brief import brief_html
from hemoflow.reports.markdown import markdown_brief
from tests.browser.sample import make_day

DAY = make_day()
BRIEF = brief_html(DAY)


def test_sections_stand_in_order():
    assert re.findall(r"<h2>([^<]+)</h2>", BRIEF) == [
        "1. Days of stock", "2. Order for tomorrow", "3. Plan of the next 14 days", "4. Requests due",
        "5. Clinic and home", "6. Data health", "7. Key figures",
    ]  # fmt: skip
    assert re.findall(r"^## (.+)$", markdown_brief(DAY), re.MULTILINE) == [
        "Days of stock", "Order for tomorrow", "Clinic and home", "Data health", "Key figures",
    ]  # fmt: skip


def test_groups_stand_in_the_conventional_order():
    stock, order, due = (re.findall(r'<th scope="row"[^>]*>([ABO]+[+−])</th>', part) for part in _sections(1, 2, 4))
    assert stock == order == due == ["O−", "O+", "A−", "A+", "B−", "B+", "AB−", "AB+"]


def test_numbers_of_a_row():
    row = re.search(r"<tr><th[^>]*>B\+</th>.*?</tr>", BRIEF, re.DOTALL).group()
    cells = [
        re.sub(r"<svg.*?</svg>|<[^>]+>", "", cell, flags=re.DOTALL)
        for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)
    ]
    assert cells == ["", "4.8", "amber", "119", "−9", "0", "3", "21", "38", "24.9"]


def test_the_plan_adds_up():
    internal, external, stock = (
        [int(re.sub(r"<[^>]+>", "", cell)) for cell in re.findall(r"<td>(.*?)</td>", row)]
        for words in ("From stock and donations", "From outside", "Stock at the end")
        for row in re.findall(rf"<tr><th scope=\"row\">{words}</th>(.*?)</tr>", BRIEF, re.DOTALL)
    )
    labels = [int(text) for text in re.findall(r'text-anchor="middle">(\d+)</text></svg></td>', BRIEF)]
    assert labels == [a + b for a, b in zip(internal, external, strict=True)]
    assert stock[-1] == DAY.plan_days.query("day_number == 14")["stock_after_units"].sum()


def test_every_picture_has_words():
    pictures = re.findall(r'<svg role="img" aria-label="[^"]+".*?><title>[^<]+</title>', BRIEF)
    assert len(pictures) == BRIEF.count('<svg role="img"') == 8 + 1 + 14 + 8


def _sections(*numbers):
    parts = re.split(r"<h2>\d\. ", BRIEF)
    return [parts[number] for number in numbers]
