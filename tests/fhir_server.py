"""A FHIR server that pages resources, and can be told to refuse, to stall, or to break off."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

BROKEN = 0
"""Stands for an answer that breaks off."""

PAGE = 100


def shipped(folder: Path) -> list[dict]:
    """All resources of a folder of gzipped NDJSON."""
    return [json.loads(line) for path in sorted(folder.glob("*.gz")) for line in gzip.open(path, "rt")]


class FhirServer(ThreadingHTTPServer):
    """Serves ``resources``; each entry of ``troubles`` spoils the answer of that number, ``asked`` is the log."""

    daemon_threads = True

    def __init__(self, resources):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.resources, self.troubles, self.asked, self.elsewhere, self.types = resources, {}, [], "", None
        self.token = ""

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/fhir"

    def found(self, kind, query):
        since = query.get("_lastUpdated", ["ge"])[0].removeprefix("ge")
        wanted = set(query["_id"][0].split(",")) if "_id" in query else None
        for resource in self.resources:
            is_new = not since or resource.get("meta", {}).get("lastUpdated", "") >= since
            if resource["resourceType"] == kind and is_new and (wanted is None or resource["id"] in wanted):
                yield resource

    def bundle(self, kind, query):
        start, count = int(query.get("_offset", ["0"])[0]), min(PAGE, int(query["_count"][0]))
        found = [*self.found(kind, query)]
        entries = [{"resource": resource, "search": {"mode": "match"}} for resource in found[start : start + count]]
        told = {"resourceType": "Bundle", "type": "searchset", "entry": entries, "link": []}
        if start + count < len(found):
            rest = urlencode({name: values[0] for name, values in query.items()} | {"_offset": start + count})
            told["link"] = [{"relation": "next", "url": f"{self.elsewhere or self.url}/{kind}?{rest}"}]
        return told


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server, parts = self.server, urlsplit(self.path)
        server.asked.append(self.path)
        trouble = server.troubles.pop(len(server.asked), None)
        kind = parts.path.rpartition("/")[2]
        if server.token and self.headers.get("Authorization") != f"Bearer {server.token}":
            trouble = 401
        if trouble is None and not any(resource["resourceType"] == kind for resource in server.resources):
            trouble = 404
        if trouble:
            issue = {"severity": "error", "code": "processing", "diagnostics": f"no access for Jane Doe {self.path}"}
            self._say({"resourceType": "OperationOutcome", "issue": [issue]}, trouble)
        else:
            self._say(server.bundle(kind, parse_qs(parts.query)), 200, is_cut=trouble == BROKEN)

    def _say(self, told, status, *, is_cut=False):
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(body)))
        if status in {429, 503}:
            self.send_header("Retry-After", "0")
        if 300 <= status < 400:
            self.send_header("Location", "http://elsewhere.example/fhir")
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if is_cut else body)
        self.close_connection = is_cut

    def log_message(self, *_):
        pass


@contextmanager
def serving(resources) -> Iterator[FhirServer]:
    """The server, on a free port."""
    with FhirServer(resources) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
