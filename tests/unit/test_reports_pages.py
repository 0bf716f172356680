"""What the pages say, hide and refuse."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hemoflow.domain.errors import VerificationError
from hemoflow.reports.brief import brief_html, clinic_facts
from hemoflow.reports.findings import Findings
from hemoflow.reports.headline import headline
from hemoflow.reports.markdown import markdown_brief
from hemoflow.reports.model_card import headline_metrics, model_words
from hemoflow.reports.pages import allocation_html, worklist_html
from hemoflow.schemas.frames import empty
from hemoflow.schemas.routing import ROUTES
from hemoflow.schemas.supply import ALLOCATIONS
from tests.browser.sample import make_day, make_header, make_need, make_routes, patient

DAY = make_day()
WORKLIST = worklist_html(DAY.header, DAY.worklist, DAY.routes, DAY.allocations)
PICK_LIST = allocation_html(DAY.header, DAY.allocations)
BRIEF, MARKDOWN = brief_html(DAY), markdown_brief(DAY)
STATUS_ONLY = Findings(
    header=make_header(status="STATUS_ONLY", model_id=""), rules=DAY.rules, stock_status=DAY.stock_status,
    freshness=DAY.freshness, open_requests=DAY.open_requests, warnings=("units are 60 hours old.",),
)  # fmt: skip


@pytest.mark.parametrize("page", [BRIEF, MARKDOWN], ids=["html", "markdown"])
def test_aggregates_name_no_patient(page):
    assert not re.search(r"\b(p|req|enc|u)_[0-9a-f]{12,16}\b", page)


@pytest.mark.parametrize("write", [brief_html, markdown_brief])
def test_a_warning_with_a_pseudonym_is_refused_without_repeating_it(write):
    with pytest.raises(VerificationError) as error:
        write(replace(DAY, warnings=(f"request of {patient(3)} is odd",)))
    assert patient(3) not in str(error.value)


def test_text_of_the_sources_is_escaped():
    assert "<script>alert(1)</script>" not in BRIEF
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in BRIEF
    assert "<b>" not in MARKDOWN
    hostile = pd.array(['<script>alert(1)</script>"'] * len(DAY.worklist), dtype="string")
    page = worklist_html(DAY.header, DAY.worklist.assign(reason=hostile), DAY.routes, DAY.allocations)
    assert "<script" not in page
    lines = DAY.allocations.assign(reason="<img src=x onerror=alert(1)>")
    assert "<img" not in allocation_html(DAY.header, lines)


def test_markdown_cells_cannot_break_the_table():
    orders = DAY.orders.assign(reason="1 | 2\n<script> [x](y)")
    row = next(line for line in markdown_brief(replace(DAY, orders=orders)).splitlines() if r"1 \| 2" in line)
    assert row.endswith(r"1 \| 2 &lt;script&gt; \[x\](y) |")


def test_pages_need_nothing_from_outside():
    for page in (BRIEF, WORKLIST, PICK_LIST):
        assert not re.search(r"<script|<link|<img|<iframe|https?://|@import|url\((?!#)", page)


def test_the_same_day_gives_the_same_bytes():
    again = make_day.__wrapped__()
    assert again is not DAY
    assert brief_html(again) == BRIEF
    assert markdown_brief(again) == MARKDOWN
    shuffled = (frame[::-1] for frame in (again.worklist, again.routes, again.allocations))
    assert worklist_html(again.header, *shuffled) == WORKLIST
    assert allocation_html(again.header, again.allocations[::-1]) == PICK_LIST


def test_every_page_carries_the_header():
    short_hash = DAY.header.policy_sha256[:12]
    facts = (DAY.header.run_id, "DRAFT", "31 Oct 2024 08:00 UTC", short_hash, "hemoflow 0.1.0", "MIMIC-IV")
    for page in (BRIEF, MARKDOWN, WORKLIST, PICK_LIST):
        assert [fact for fact in facts if fact not in page] == []


def test_small_counts_are_withheld_everywhere():
    facts = clinic_facts(DAY)
    assert facts["places"] == {"HOME": 22, "CLINIC": None, "HOSPITAL": None, "REVIEW": 0}
    assert facts["total"] == 130
    assert "| Hospital | withheld |" in MARKDOWN
    assert re.search(r"Hospital</th><td class=\"n\">withheld", BRIEF)


def test_a_region_too_small_to_publish_shows_no_total():
    need = make_need(np.random.default_rng(0), inpatients=0, outpatients=5)
    small = replace(
        DAY, routes=make_routes(need, np.random.default_rng(0), home=1, hospital=1), worklist=DAY.worklist.head(5)
    )
    facts = clinic_facts(small)
    assert facts["total"] is None
    assert facts["places"] == {"HOME": None, "CLINIC": None, "HOSPITAL": None, "REVIEW": 0}


def test_a_run_without_a_plan_says_so_and_claims_nothing():
    page = brief_html(STATUS_ONLY)
    assert page.count("No plan was made: the run is status only.") == 2
    assert "STATUS ONLY" in page
    assert [line.key for line in headline(STATUS_ONLY)] == ["Stock", "Order", "Due today"]
    assert "none is proposed without a plan" in page
    assert "No row was put aside" not in page, "an absent report is not a clean one"
    assert "No need model was used." in markdown_brief(STATUS_ONLY)


def test_very_urgent_shortage_comes_first():
    lines = headline(DAY)
    assert (lines[0].key, lines[0].is_alarm) == ("Stop", True)
    assert lines[0].sentence == "5 very urgent units due today without a proposed unit of ours: O+ 4 and A+ 1."
    assert lines[1].sentence == "Below alert: A− 1.4 days. Below target: O− 2.8 and B+ 4.8 days. No use on record: AB−."
    assert lines[2].sentence == "2 units from outside for Fri 1 Nov 2024: A− 2."


def test_a_quiet_day_reads_quietly():
    status = DAY.stock_status.assign(phase="green", days_of_stock=8.0)
    quiet = replace(
        DAY,
        stock_status=status,
        orders=DAY.orders.assign(order_units=pd.array([0] * 8, dtype="Int64")),
        open_requests=DAY.open_requests.head(0),
    )
    assert [line.sentence for line in headline(quiet)] == [
        "Every group in use is at or above target.", "Nothing to order for tomorrow.", "No open request is due.",
    ]  # fmt: skip


def test_the_worklist_shows_everyone_with_a_box_to_decide():
    assert all(name in WORKLIST for name in DAY.worklist["patient_id"])
    assert WORKLIST.count("accept<br>") == len(DAY.worklist)
    assert "unknown" in WORKLIST
    assert "No patient was scored" in worklist_html(DAY.header, DAY.worklist.head(0), empty(ROUTES), empty(ALLOCATIONS))


def test_the_pick_list_goes_by_site_and_urgency():
    assert PICK_LIST.count("as proposed<br>") == len(DAY.allocations)
    assert re.findall(r"<h2>([^<]+)</h2>", PICK_LIST) == ["HOSP-1", "HOSP-2", "HOSP-3"]
    assert re.findall(r"<h3>([^<:]+):", PICK_LIST)[:3] == ["Very urgent", "Urgent", "Not urgent"]
    assert "No unit is proposed" in allocation_html(DAY.header, empty(ALLOCATIONS))


def test_the_model_is_never_praised_beyond_what_was_measured():
    assert model_words("", {}) == "No need model was used."
    assert model_words("need-1", {"auroc": None}) == "Need model need-1: no evaluation on record."
    assert model_words("need-1", {"auroc": 0.8, "positives": 61}) == "Need model need-1: AUROC 0.800; 61 positive days."
    assert "judged on real patients only: AUROC 0.861 (95 % 0.80 to 0.91), last haemoglobin alone 0.812" in BRIEF


def test_the_headline_of_the_model_is_about_real_patients_where_they_are_known():
    def figures(value):
        interval = {"value": value, "low": None, "high": None}
        names = ("fresh_auroc", "fresh_auprc", "baseline_auroc", "baseline_auprc")
        counts = {"fresh_positives": 6, "fresh_points": 60, "patients": 5}
        return dict.fromkeys(names, interval) | counts | {"calibration": {"slope": 1.0, "intercept": 0.0}}

    both = {"all": figures(0.9), "mimic-iv": figures(0.8), "synthetic-region": figures(0.95)}
    assert (headline_metrics(both)["auroc"], headline_metrics(both)["is_real"]) == (0.8, 1)
    assert (headline_metrics({"all": figures(0.9)})["auroc"], headline_metrics({"all": figures(0.9)})["is_real"]) == (
        0.9,
        0,
    )
    assert headline_metrics({}) == {}
    assert "95 %" not in model_words("need-1", headline_metrics(both))
