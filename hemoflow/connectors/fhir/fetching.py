"""A delivery fetched from a FHIR server: NDJSON files that the reader takes like any others.

The first fetch is the history; each later one is a delivery of what the server changed since, with the patients and
stays that it refers to. Pages are added to a folder under way, and a note of how far it came is replaced after each, so
that an interrupted fetch goes on where it was; the folder gets its name only when it is whole. What was deleted on the
server no search tells.
"""

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from typing import Any

from hemoflow.connectors.fhir.server import AbsentError, BusyServerError, Connection, Server
from hemoflow.domain.errors import InputError

RESOURCES = (
    "Patient", "Encounter", "Observation", "Condition", "Procedure", "MedicationRequest", "ServiceRequest",
    "DocumentReference", "BiologicallyDerivedProduct",
)  # fmt: skip
"""The resource types that the reader takes; a server needs to have the first only."""

STEPS = (*RESOURCES, "Encounter.referred", "Patient.referred")
"""The files of a delivery in their sequence: what is new, then what that refers to."""

BASE, ARRIVAL = "base", "%Y-%m-%dT%H%M%SZ"
UNDER_WAY, NOTE, LOCK = ".under-way", ".fetch.json", ".lock"
INSTANT = "%Y-%m-%dT%H:%M:%SZ"
PAGE, IDS = 500, 50
OVERLAP = timedelta(minutes=5)
"""A server may still be writing what it dates a little earlier; what comes twice is one."""

REFERENCE = re.compile(r'"reference": "(?:[^"]*/)?(Patient|Encounter)/([A-Za-z0-9.-]{1,64})[/"]')
Note = dict[str, Any]


def fetched_folder(home: Path, address: str) -> Path:
    """Where the deliveries of a server are put."""
    return home / "fetched" / sha256(address.rstrip("/").encode()).hexdigest()[:12]


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Nobody else fetches into the folder, or loads from it, meanwhile."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True)
class Fetch:
    """The next delivery of a server.

    Attributes:
        server: The server.
        folder: Where its deliveries are put.
        now: The instant that names the delivery.
    """

    server: Server
    folder: Path
    now: datetime

    def step(self, step: str) -> int:
        """Fetch the file of one of :data:`STEPS`, or the rest of it, and say how many resources it has.

        Raises:
            BusyServerError: Another time the server may give it.
            InputError: It does not.
        """
        with held(self.folder), self.server.opened() as connection:
            note = self._noted()
            fresh = {"todo": self._addresses(step, note["since"]), "bytes": 0, "resources": 0}
            place = note["places"].setdefault(step, fresh)
            try:
                self._go_on(connection, step, note)
            except AbsentError:
                if place["bytes"]:
                    del note["places"][step]
                    self._keep(note)
                    raise BusyServerError(f"{self.server.host} no longer keeps the pages of this search.") from None
                if step == RESOURCES[0]:
                    raise
                place["todo"] = []
                self._keep(note)
            return int(place["resources"])

    def finish(self) -> Path | None:
        """Give the delivery its name; None where the server had nothing new.

        Raises:
            InputError: It has nothing at all.
        """
        with held(self.folder):
            note, under_way = self._noted(), self.folder / UNDER_WAY
            empty = [path for path in under_way.iterdir() if not path.stat().st_size]
            has_rows = len(empty) < len([*under_way.iterdir()])
            for path in empty:
                path.unlink()
            place, patients = self._free_place(), under_way / f"{RESOURCES[0]}.ndjson"
            if not patients.is_file():
                patients.write_text("\n")  # the reader asks for them; a line without one says that none is new
            if not has_rows:
                rmtree(under_way)
            if not has_rows and place.name == BASE:
                raise InputError(f"{self.server.host} shows nobody.", remedy="Check what HEMOFLOW_FHIR_TOKEN may see.")
            if has_rows:
                under_way.rename(place)
            told_at = note["told_at"]
            since = f"{datetime.fromisoformat(told_at) - OVERLAP:{INSTANT}}" if told_at else note["since"]
            self._keep({"since": since})
        return place if has_rows else None

    def _go_on(self, connection: Connection, step: str, note: Note) -> None:
        """Add page after page to the file of a step, and note after each how far that came."""
        place, kind = note["places"][step], step.partition(".")[0]
        with (self.folder / UNDER_WAY / f"{step}.ndjson").open("ab") as file:
            file.truncate(place["bytes"])
            while place["todo"]:
                address, *later = place["todo"]
                page = connection.page(kind, address)
                file.write(b"".join(json.dumps(resource).encode() + b"\n" for resource in page.resources))
                file.flush()
                os.fsync(file.fileno())
                place["todo"] = [page.following, *later] if page.following else later
                place["bytes"] = file.tell()
                place["resources"] += len(page.resources)
                note["told_at"] = note["told_at"] or f"{page.told_at or self.now:{INSTANT}}"
                self._keep(note)

    def _addresses(self, step: str, since: str) -> list[str]:
        """The searches of a step: what changed since, or, for a later delivery, what that refers to."""
        kind, _, referred = step.partition(".")
        if referred:
            ids = self._referred(kind) if since else []
            lots = [ids[start : start + IDS] for start in range(0, len(ids), IDS)]
            return [self.server.search(kind, _count=str(PAGE), _id=",".join(lot)) for lot in lots]
        changed = {"_lastUpdated": f"ge{since}"} if since else {}
        return [self.server.search(kind, _count=str(PAGE), **changed)]

    def _referred(self, kind: str) -> list[str]:
        """Identifiers of a type that the delivery names and does not hold."""
        named, here = set(), set()
        for path in sorted((self.folder / UNDER_WAY).glob("*.ndjson")):
            with path.open(encoding="ascii") as lines:
                for line in lines:
                    named |= {identifier for of, identifier in REFERENCE.findall(line) if of == kind}
                    if path.name.startswith(f"{kind}."):
                        here.add(str(json.loads(line).get("id")))
        return sorted(named - here)

    def _free_place(self) -> Path:
        """The history first; then deliveries by their arrival, two of a second in sequence."""
        place, at = self.folder / BASE, self.now
        while place.exists():
            place, at = self.folder / f"{at:{ARRIVAL}}", at + timedelta(seconds=1)
        return place

    def _noted(self) -> Note:
        """How far the delivery under way came; a new one begins where the last one did."""
        path, under_way = self.folder / NOTE, self.folder / UNDER_WAY
        note: Note = json.loads(path.read_bytes()) if path.is_file() else {"since": ""}
        if under_way.is_dir() and "places" in note:
            return note
        rmtree(under_way, ignore_errors=True)
        under_way.mkdir(mode=0o700)
        return {"since": note["since"], "told_at": "", "places": {}}

    def _keep(self, note: Note) -> None:
        written = self.folder / f"{NOTE}.new"
        with written.open("w", encoding="ascii") as file:
            json.dump(note, file)
            file.flush()
            os.fsync(file.fileno())
        written.replace(self.folder / NOTE)
