"""A FHIR R4 server at the border: one page of a search at a time, and every refusal as a sentence.

Rules: HTTP or HTTPS only; the token goes to no other server than the one it is for, so that redirects are not followed
and a ``next`` link has to stay there; a page has a largest size; addresses and what a server says in words may name
patients, so that neither is ever shown or logged.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from hemoflow.connectors.fhir.pages import MOST_BYTES, entries
from hemoflow.domain.errors import InputError, UsageError

SCHEMES = ("http://", "https://")
HERE = ("localhost", "127.0.0.1", "::1")
"""Hosts that a token reaches without leaving the machine."""

BUSY = (408, 425, 429, 500, 502, 503, 504)
ABSENT = {"not-found", "not-supported"}
ISSUES = (
    "invalid", "structure", "required", "value", "invariant", "security", "login", "unknown", "expired", "forbidden",
    "suppressed", "processing", "not-supported", "duplicate", "multiple-matches", "not-found", "deleted", "too-long",
    "code-invalid", "extension", "too-costly", "business-rule", "conflict", "transient", "lock-error", "no-store",
    "exception", "timeout", "incomplete", "throttled", "informational",
)  # fmt: skip
"""Reasons that an OperationOutcome may give; source: HL7 FHIR R4, value set IssueType."""

LONGEST_PAUSE = 600
PATIENCE = httpx.Timeout(60, connect=10)
LATER = "What was fetched is kept; `hemoflow ingest` goes on from there."


class BusyServerError(InputError):
    """A server that may answer another time.

    Attributes:
        pause_seconds: How long it asked to be left alone.
    """

    def __init__(self, message: str, pause_seconds: float = 0) -> None:
        super().__init__(message, remedy=LATER)
        self.pause_seconds = pause_seconds


class AbsentError(InputError):
    """What was asked for is not on the server: a resource type, or a page that it no longer keeps."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a search.

    Attributes:
        resources: Its resources.
        following: Address of the next page; empty on the last one.
        told_at: The server's own clock, where it tells it.
    """

    resources: list[dict[str, Any]]
    following: str
    told_at: datetime | None


@dataclass(frozen=True)
class Server:
    """A FHIR server.

    Attributes:
        address: Its base, for example ``https://fhir.example.org/r4``.
        token: Bearer token; empty where it needs none.

    Raises:
        UsageError: The address is none, holds a password or a query, or would carry the token unencrypted.
    """

    address: str
    token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse an address that cannot be used safely."""
        url = _url(self.address)
        if url is None or url.scheme not in {"http", "https"} or not url.host:
            raise UsageError("The address is not one of a FHIR server.", remedy="Write it as https://HOST/PATH.")
        if url.userinfo or url.query or url.fragment:
            raise UsageError(
                "The address of a FHIR server holds a password, a query or a fragment.",
                remedy="Give the base address alone, and a token in HEMOFLOW_FHIR_TOKEN.",
            )
        if self.token and url.scheme == "http" and url.host not in HERE:
            raise UsageError(f"The token would travel unencrypted to {url.host}.", remedy="Use an https:// address.")

    @property
    def host(self) -> str:
        """How it is called in sentences."""
        return httpx.URL(self.address).host

    def search(self, kind: str, **parameters: str) -> str:
        """The address of a search."""
        return str(httpx.URL(f"{self.address.rstrip('/')}/{kind}", params=parameters))

    @contextmanager
    def opened(self) -> Iterator["Connection"]:
        """A connection that is kept from page to page."""
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)  # they log addresses, and those may name patients
        said = {"Accept": "application/fhir+json"} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        has_certificate = httpx.URL(self.address).scheme == "https"  # else there is nothing to verify
        with httpx.Client(headers=said, timeout=PATIENCE, verify=has_certificate, follow_redirects=False) as client:
            yield Connection(self, client)


@dataclass(frozen=True)
class Connection:
    """A connection to a server."""

    server: Server
    client: httpx.Client

    def page(self, kind: str, address: str) -> Page:
        """Fetch a page of a search.

        Args:
            kind: The resource type searched.
            address: From :meth:`Server.search`, or ``following`` of a page.

        Raises:
            BusyServerError: Another time it may be there.
            AbsentError: The server does not have it.
            InputError: It refuses, or answers with something else.
        """
        try:
            with self.client.stream("GET", address) as answer:
                body = _body(answer)
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise BusyServerError(f"{self._about(kind)} broke off: {type(error).__name__}.") from None
        if body is None:
            raise InputError(
                f"{self._about(kind)} sent a page over {MOST_BYTES >> 20} MiB.", remedy="Ask its operator."
            )
        told = _parsed(body)
        if answer.status_code != httpx.codes.OK:
            raise self._refusal(kind, answer, told)
        if told.get("resourceType") != "Bundle":
            raise InputError(f"{self._about(kind)} did not answer with a whole Bundle.", remedy="Check the address.")
        resources = [entry["resource"] for entry in entries(told, "entry") if isinstance(entry.get("resource"), dict)]
        return Page(
            [resource for resource in resources if resource.get("resourceType") == kind],
            self._following(kind, httpx.URL(address), told),
            _instant(answer.headers.get("Date", "")),
        )

    def _following(self, kind: str, here: httpx.URL, bundle: dict[str, Any]) -> str:
        links = (link.get("url") for link in entries(bundle, "link") if link.get("relation") == "next")
        link = next(links, None)
        if link is None:
            return ""
        found = _url(str(link))
        there = None if found is None else here.join(found)
        if there is None or _origin(there) != _origin(httpx.URL(self.server.address)):
            raise InputError(
                f"{self._about(kind)} links its next page to another server.",
                remedy="Its operator has to set its public address, or give the address that its links use.",
            )
        if there == here:
            raise InputError(f"{self._about(kind)} links a page to itself.", remedy="Ask its operator.")
        return str(there)

    def _refusal(self, kind: str, answer: httpx.Response, told: dict[str, Any]) -> InputError:
        """What a status means; of an OperationOutcome only the coded reasons are safe to show."""
        status = answer.status_code
        codes = dict.fromkeys(code for issue in entries(told, "issue") if (code := issue.get("code")) in ISSUES)
        reasons = f" ({', '.join(codes)})" if codes else ""
        message = f"{self._about(kind)} answered {status}{reasons}."
        if status in BUSY:
            return BusyServerError(message, _pause(answer.headers.get("Retry-After", "")))
        if status in {404, 410} or ABSENT & codes.keys():
            return AbsentError(message, remedy="Check the address: it has to be the base of a FHIR R4 server.")
        if status in {401, 403}:
            return InputError(message, remedy="Give HEMOFLOW_FHIR_TOKEN a token that may search this resource type.")
        if answer.is_redirect:
            return InputError(message, remedy="It wants to send us elsewhere; give the address it stands for.")
        return InputError(message, remedy="Ask its operator what it holds against such a search.")

    def _about(self, kind: str) -> str:
        return f"The FHIR server {self.server.host}, asked for {kind},"


def is_server(text: str) -> bool:
    """Whether a place is written as the address of a server."""
    return text.lower().startswith(SCHEMES)


def _url(text: str) -> httpx.URL | None:
    try:
        return httpx.URL(text)
    except httpx.InvalidURL:
        return None


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    usual = {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.host, url.port or usual


def _body(answer: httpx.Response) -> bytes | None:
    """The unpacked body; None where it goes on beyond the largest size."""
    body = bytearray()
    for piece in answer.iter_bytes():
        body += piece
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _instant(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _pause(text: str) -> float:
    """Seconds that ``Retry-After`` asks for, as a number or until an instant."""
    until = _instant(text)
    seconds = float(text) if text.isdecimal() else (until - datetime.now(UTC)).total_seconds() if until else 0
    return min(max(seconds, 0), LONGEST_PAUSE)
