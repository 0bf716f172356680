"""A FHIR server's search, page by page into deliveries: whole, resumed, only what is new, and no name in any error."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from hemoflow.connectors import fhir
from hemoflow.connectors.deliveries import Source
from hemoflow.connectors.fhir import server as border
from hemoflow.connectors.fhir.fetching import STEPS, UNDER_WAY, Fetch, fetched_folder
from hemoflow.connectors.fhir.server import BusyServerError, Server
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.registry import read_sources, server_of, write_sources
from hemoflow.domain.errors import InputError, StateError, UsageError
from hemoflow.settings import REPOSITORY
from tests.fhir_server import BROKEN, serving, shipped

FOLDER = REPOSITORY / "data" / "synthea-fhir-r4"
NAMES = Pseudonymiser(b"a key for tests only")
NOW = datetime(2030, 1, 1, tzinfo=UTC)
PEOPLE = [
    {"resourceType": "Patient", "id": "jane-doe", "meta": {"lastUpdated": "2020-01-01T00:00:00Z"}},
    {"resourceType": "Encounter", "id": "stay", "subject": {"reference": "Patient/jane-doe"}},
]
RESULT = {
    "resourceType": "Observation", "id": "new", "meta": {"lastUpdated": "2099-01-01T00:00:00Z"},
    "encounter": {"reference": "Encounter/stay"},
}  # fmt: skip


@pytest.fixture(scope="module")
def resources():
    return shipped(FOLDER)


@pytest.fixture
def served():
    with serving([*PEOPLE]) as server:
        yield server


def fetch(server, folder, now=NOW):
    """A whole delivery; whatever may pass is tried again."""
    for step in STEPS:
        while True:
            try:
                Fetch(Server(server.url), folder, now).step(step)
                break
            except BusyServerError:
                continue
    return Fetch(Server(server.url), folder, now).finish()


def test_pages_of_a_server_that_stumbles_give_what_the_files_give(tmp_path, resources):
    with serving(resources) as server:
        server.troubles = {2: 429, 5: 503, 9: BROKEN, 12: 500}
        place = fetch(server, tmp_path)
        pages = sum(-(-max(len([*server.found(kind, {})]), 1) // 100) for kind in STEPS[:9])
        assert len(server.asked) == pages + 4, "no page that came whole is asked for again"
    told, known = fhir.load(place, NAMES), fhir.load(FOLDER, NAMES)
    assert (told.frames["labs"]["code"] == "haemoglobin").sum() == 28
    pd.testing.assert_frame_equal(told.report, known.report)
    for name, frame in known.frames.items():
        pd.testing.assert_frame_equal(told.frames[name], frame)
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == ["base"]


def test_a_killed_fetch_leaves_no_half_page_and_goes_on(tmp_path, resources):
    with serving(resources) as server:
        server.troubles = {4: BROKEN}
        Fetch(Server(server.url), tmp_path, NOW).step("Patient")
        with pytest.raises(BusyServerError, match="broke off"):
            Fetch(Server(server.url), tmp_path, NOW).step("Encounter")
        with (tmp_path / UNDER_WAY / "Encounter.ndjson").open("a") as file:
            file.write('{"resourceType": "Enco')
        asked = len(server.asked)
        assert Fetch(Server(server.url), tmp_path, NOW).step("Encounter") == 217
        assert len(server.asked) == asked + 1
        assert not (tmp_path / "base").exists(), "nothing is delivered before it is whole"
    lines = (tmp_path / UNDER_WAY / "Encounter.ndjson").read_text().splitlines()
    assert len({*lines}) == len(lines) == 217


def test_a_page_that_the_server_no_longer_keeps_begins_its_search_again(tmp_path, resources):
    with serving(resources) as server:
        server.troubles = {3: 410}
        for _ in range(2):
            Fetch(Server(server.url), tmp_path, NOW).step("Patient")
        with pytest.raises(BusyServerError, match="no longer keeps"):
            Fetch(Server(server.url), tmp_path, NOW).step("Encounter")
        assert Fetch(Server(server.url), tmp_path, NOW).step("Encounter") == 217


def test_later_only_what_changed_comes_with_whom_it_refers_to(tmp_path, served):
    assert fetch(served, tmp_path).name == "base"
    assert fetch(served, tmp_path) is None, "nothing is new"
    served.resources.append(RESULT)
    del served.asked[:]
    place = fetch(served, tmp_path)
    assert place.name == "2030-01-01T000000Z"
    assert {path.name for path in place.iterdir()} == {
        "Patient.ndjson", "Encounter.referred.ndjson", "Patient.referred.ndjson", "Observation.ndjson",
    }  # fmt: skip
    assert all("_lastUpdated=ge20" in asked for asked in served.asked[:9])
    assert served.asked[9:] == ["/fhir/Encounter?_count=500&_id=stay", "/fhir/Patient?_count=500&_id=jane-doe"]
    assert fetch(served, tmp_path).name == "2030-01-01T000001Z", "two of a second keep their sequence"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "answered 400 (processing)"), (401, "HEMOFLOW_FHIR_TOKEN"), (403, "HEMOFLOW_FHIR_TOKEN"),
        (404, "base of a FHIR R4 server"), (302, "send us elsewhere"), (500, "goes on from there"),
    ],
)  # fmt: skip
def test_a_refusal_is_a_sentence_without_a_name(tmp_path, served, caplog, status, words):
    served.troubles = {1: status}
    with caplog.at_level("DEBUG"), pytest.raises(InputError) as refused:
        Fetch(Server(served.url), tmp_path, NOW).step("Patient")
    assert words in str(refused.value)
    assert "Jane" not in str(refused.value)
    assert "_count" not in str(refused.value) + caplog.text, "addresses may hold identifiers"
    assert len(served.asked) == 1


def test_a_pause_is_as_long_as_the_server_asks_within_reason(served):
    later = (datetime.now(UTC) + timedelta(hours=2)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    pauses = {text: border._pause(text) for text in ("", "7", "-7", "soon", "99999", later)}
    assert pauses == {"": 0, "7": 7, "-7": 0, "soon": 0, "99999": 600, later: 600}


def test_pages_stay_with_the_server_and_within_their_size(tmp_path, resources, monkeypatch):
    with serving(resources) as server:
        fetching = Fetch(Server(server.url), tmp_path, NOW)
        for elsewhere in ("http://elsewhere.example/fhir", server.url.replace("http", "https"), "http://["):
            server.elsewhere = elsewhere
            with pytest.raises(InputError, match="to another server"):
                fetching.step("Encounter")
        monkeypatch.setattr(server, "bundle", lambda kind, query: {"resourceType": "Patient", "id": "jane"})
        with pytest.raises(InputError, match="whole Bundle"):
            fetching.step("Condition")
        monkeypatch.setattr(border, "MOST_BYTES", 20)
        with pytest.raises(InputError, match="sent a page over"):
            fetching.step("Procedure")


def test_a_page_that_links_to_itself_is_refused(tmp_path, served, monkeypatch):
    link = {"relation": "next", "url": f"{served.url}/Patient?_count=500"}
    monkeypatch.setattr(served, "bundle", lambda kind, query: {"resourceType": "Bundle", "link": [link]})
    with pytest.raises(InputError, match="to itself"):
        Fetch(Server(served.url), tmp_path, NOW).step("Patient")


def test_a_server_that_shows_nobody_is_said_and_asked_again(tmp_path, served):
    served.resources[:] = [{**PEOPLE[0], "meta": {"lastUpdated": "2020"}}]
    monkey, served.found = served.found, lambda kind, query: iter(())
    with pytest.raises(InputError, match="shows nobody"):
        fetch(served, tmp_path)
    served.found = monkey
    assert fetch(served, tmp_path).name == "base"


@pytest.mark.parametrize(
    ("address", "token", "words"),
    [
        ("ftp://host/fhir", "", "not one of a FHIR server"), ("https://", "", "not one of a FHIR server"),
        ("https://h:port/", "", "not one of a FHIR server"), ("https://me:secret@host/", "", "holds a password"),
        ("https://host/?key=secret", "", "a query"), ("http://host/fhir", "secret", "unencrypted to host"),
    ],
)  # fmt: skip
def test_an_unsafe_address_is_refused_and_never_repeated(address, token, words):
    with pytest.raises(UsageError, match=words) as refused:
        Server(address, token)
    assert "secret" not in str(refused.value)


def test_the_token_is_sent_and_never_shown(tmp_path, served):
    served.token = "a-secret"
    server = Server(served.url, "a-secret")
    assert Fetch(server, tmp_path, NOW).step("Patient") == 1
    assert "a-secret" not in repr(server)


@pytest.mark.parametrize(
    ("kind", "other", "words"), [("eicu", "", "not read from a server"), ("fhir", "/folder", "Give --url alone")]
)
def test_an_address_stands_alone_and_with_its_kind_only(kind, other, words):
    with pytest.raises(UsageError, match=words):
        server_of(kind, "https://host/fhir", other)


def test_what_is_loaded_is_deleted_and_stays_known(tmp_path, served):
    source = server_of("fhir", served.url)
    write_sources(tmp_path, [source])
    assert read_sources(tmp_path, tmp_path) == [], "nothing was fetched yet"
    fetch(served, fetched_folder(tmp_path, source.server))
    (base,) = read_sources(tmp_path, tmp_path)
    assert (base.names, base.is_fetched) == (("fhir-r4",), True)
    with base.held():
        fingerprint = base.fingerprint(NAMES, 1)
        base.spend(NAMES, fingerprint)
    assert [path.name for path in base.path.iterdir()] == [".loaded"]
    assert base.fingerprint(NAMES, 1) == fingerprint
    assert base.fingerprint(Pseudonymiser(b"another key for tests"), 1) == ""
    with pytest.raises(StateError, match="fetches everything again"):
        base.load(NAMES, 1)
    assert Source("fhir-r4", tmp_path).server == ""
