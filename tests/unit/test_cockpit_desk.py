"""Rows of a run as pages ask for them: the same whatever end they are reached from, changes by hand included."""

from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from hemoflow.cockpit import desk as desks
from hemoflow.cockpit.desk import Desk
from hemoflow.cockpit.pages.papers import workbook
from hemoflow.cockpit.questions import Condition
from hemoflow.domain.errors import UsageError
from hemoflow.schemas.published import WORKLIST
from hemoflow.store import open_store
from tests.browser.cockpit_sample import publish
from tests.browser.sample import AS_OF


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with open_store(f"sqlite:///{home / 'hemoflow.db'}", home) as store:
        store.init()
        run = publish(store, AS_OF, seed=1)
        patient = store.result(run.run_id, "routes").query("route == 'HOME'").iloc[0].patient_id
        store.override(run.run_id, "routes", {"patient_id": patient}, "CLINIC", by="a nurse", reason="asked")
        yield store, run, patient


@pytest.mark.parametrize("order", [("-request_24h_probability",), ("below_on", "-site_id"), ()])
def test_pages_together_are_the_whole_in_order(kept, monkeypatch, order):
    monkeypatch.setattr(desks, "PAGE_ROWS", 17)
    desk = Desk(*kept[:2])
    turned = [desk.slice("worklist", order=order, page=number).rows for number in range(1, 10)]
    whole = pd.concat(desk.batches("worklist", order=order), ignore_index=True)
    pages = desk.slice("worklist").pages
    assert pages == -(-len(whole) // 17)
    assert pd.concat(turned[:pages])["patient_id"].tolist() == whole["patient_id"].tolist()
    assert whole["patient_id"].is_unique
    by = [column.lstrip("-") for column in order] + ["patient_id"]
    rising = [column[0] != "-" for column in order] + [True]
    assert whole["patient_id"].tolist() == whole.sort_values(by, ascending=rising)["patient_id"].tolist()


def test_filters_counts_and_exports_see_changes_by_hand(kept):
    store, run, patient = kept
    desk = Desk(store, run)
    now = store.effective(run.run_id, "routes")
    pd.testing.assert_frame_equal(desk.frame("routes"), now)
    assert desk.counts("routes", ["route"])["route"] == now["route"].value_counts().to_dict()
    mine = [Condition("patient_id", "=", patient)]
    assert desk.slice("routes", conditions=[*mine, Condition("route", "=", "HOME")]).total == 0
    assert (
        desk.slice("routes", conditions=[*mine, Condition("route", "=", "CLINIC")]).rows["reason"][0].endswith("asked")
    )
    assert desk.grouped("routes", ["route"], ["used_minutes"])["rows"].sum() == len(now)


def test_an_answer_is_kept_until_somebody_changes_a_row_or_the_file_is_another(kept):
    store, run, _ = kept
    home = [Condition("route", "=", "HOME")]
    at_home = Desk(store, run).slice("routes", conditions=home)
    assert Desk(store, run).count("routes", home) == at_home.total
    patient = at_home.rows["patient_id"][0]
    store.override(run.run_id, "routes", {"patient_id": patient}, "CLINIC", by="a nurse", reason="asked")
    assert Desk(store, run).count("routes", home) == at_home.total - 1
    free, [ref] = [Condition("state", "=", "available")], [
        ref for stage in store.stages(run.run_id) for ref in stage.frames if ref.name == "stock"
    ]  # fmt: skip
    counted = Desk(store, run).grouped("stock", ("blood_group",), conditions=free)
    stock = store.result(run.run_id, "stock").query("state == 'available'")
    assert counted["rows"].tolist() == stock.groupby("blood_group").size().tolist()
    whole = pq.read_table(ref.path)
    pq.write_table(whole.slice(0, 3), ref.path)
    assert Desk(store, run).count("stock") == 3
    pq.write_table(whole, ref.path)


def test_a_quote_in_a_filter_is_a_letter_and_an_unknown_column_is_refused(kept):
    desk = Desk(*kept[:2])
    assert desk.slice("worklist", conditions=[Condition("patient_id", "starts", "' OR 1=1 --")]).total == 0
    with pytest.raises(UsageError, match="has no column"):
        desk.slice("worklist", order=("1; DROP TABLE runs",))


def test_a_workbook_has_every_row_and_is_gone_once_it_is_sent(kept, monkeypatch):
    monkeypatch.setattr(desks, "BATCH_ROWS", 7)
    desk = Desk(*kept[:2])
    answer = workbook(desk.batches("worklist"), desk.header, WORKLIST, {})
    rows = list(openpyxl.load_workbook(answer.path).worksheets[0].iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == desk.frame("worklist")["patient_id"].tolist()
    answer.background.func(*answer.background.args)  # what the server calls once the file is sent
    assert not Path(answer.path).parent.exists()
