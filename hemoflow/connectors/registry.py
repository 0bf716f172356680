"""The sources of a site: a small TOML file in the home folder, and how each kind is read.

```toml
[[source]]
kind = "demo-region"      # or "mimic-iv", "fhir-r4", "omop-cdm", "eicu", "canonical"
path = ""                 # empty: the shipped data; for "omop-cdm" also the address of a database

[[source]]                # a later delivery of the same source: what it adds or corrects is known from its arrival on
kind = "demo-region"
path = "/data/2024-10-15"
received_at = "2024-10-15T06:00:00+00:00"
```

A folder may hold deliveries of its own: each subfolder named by its arrival, for example ``2024-10-15`` or
``2024-10-15T0600Z``, is one. Files beside them, or in a subfolder ``base``, are the history that came first.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from hemoflow.connectors.kinds import DEMO_REGION, KINDS, SHIPPED, kind_named
from hemoflow.connectors.omop.database import is_url
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import Loaded
from hemoflow.domain.errors import HemoflowError, InputError, UsageError

FILE_NAME = "sources.toml"
BASE = "base"
ARRIVALS = ("%Y-%m-%d", "%Y-%m-%dT%H%MZ", "%Y-%m-%dT%H%M%SZ")
"""How the name of a delivery's folder says when it arrived, in UTC."""


@dataclass(frozen=True, slots=True)
class Source:
    """A registered source, or one delivery of it.

    Attributes:
        kind: How it is read.
        path: Its folder, its file, or the address of a database.
        received_at: When this delivery arrived; None for the history that came first, whose rows were known when they
            say so themselves.
    """

    kind: str
    path: Path | str
    received_at: datetime | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names its loads are kept under: the source names of its rows, with the arrival of a later delivery."""
        mark = f"@{self.received_at.astimezone(UTC):%Y%m%dt%H%M%Sz}" if self.received_at else ""
        return tuple(name + mark for name in KINDS[self.kind].names)

    def fingerprint(
        self, pseudonymiser: Pseudonymiser, seed: int, remembered: MutableMapping[str, str] | None = None
    ) -> str:
        """Hash of everything that decides what loading gives: file bytes, key, seed, reader version and arrival.

        Args:
            pseudonymiser: Gives identifiers their pseudonyms.
            seed: Seed of what is made up.
            remembered: Hashes of files found before; is filled, so that only files that changed are read.
        """
        found = KINDS[self.kind].fingerprint(self.path, pseudonymiser.key_id, seed, remembered)
        return f"{found}@{self.received_at.astimezone(UTC).isoformat()}" if self.received_at else found

    def load(self, pseudonymiser: Pseudonymiser, seed: int) -> list[tuple[str, Loaded]]:
        """Read the source: one entry for each name of :attr:`names`.

        Raises:
            InputError: The place does not exist, or a file that nothing can do without is missing.
        """
        if isinstance(self.path, Path) and not self.path.exists():
            raise InputError(
                f"The folder of source '{self.kind}' does not exist: {self.path}.", remedy=f"Mend {FILE_NAME}."
            )
        try:
            loads = KINDS[self.kind].load(self.path, pseudonymiser, seed)
        except (HemoflowError, OSError):
            raise
        except Exception as error:
            raise InputError(
                f"Source '{self.kind}' at {self.path} cannot be read: {type(error).__name__}.",
                remedy="Nothing of it was loaded. Take its files out one by one to find the one that does it.",
            ) from error
        return [
            (name, _arrived(found, name, self.received_at)) for name, (_, found) in zip(self.names, loads, strict=True)
        ]

    def deliveries(self) -> list["Source"]:
        """The deliveries that its folder holds, first come first; the source itself where it holds none."""
        if not isinstance(self.path, Path) or not self.path.is_dir() or self.kind == DEMO_REGION or self.received_at:
            return [self]
        arrived = {folder: at for folder in self.path.iterdir() if (at := _arrival(folder)) is not None}
        if not arrived:
            return [self]
        base = self.path / BASE
        has_files = any(path.is_file() and not path.name.startswith(".") for path in self.path.iterdir())
        first = [replace(self, path=base)] if base.is_dir() else [self] if has_files else []
        return [
            *first,
            *(replace(self, path=folder, received_at=at) for folder, at in sorted(arrived.items(), key=lambda x: x[1])),
        ]


def _arrived(found: Loaded, name: str, received_at: datetime | None) -> Loaded:
    """A delivery under its name; nothing in it was known before it arrived."""
    if received_at is None:
        return found
    arrival = pd.Timestamp(received_at).tz_convert("UTC")
    frames = {
        table: frame.assign(available_at=frame["available_at"].mask(frame["available_at"] < arrival, arrival))
        for table, frame in found.frames.items()
    }
    quarantine, report, columns = (
        frame.assign(source=pd.array([name] * len(frame), dtype="string"))
        for frame in (found.quarantine, found.report, found.columns)
    )
    large = {table: writer.arrived(received_at) for table, writer in found.large.items()}
    return replace(found, frames=frames, quarantine=quarantine, report=report, columns=columns, large=large)


def _arrival(folder: Path) -> datetime | None:
    for form in ARRIVALS if folder.is_dir() else ():
        try:
            return datetime.strptime(folder.name, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def read_sources(home: Path, shipped: Path) -> list[Source]:
    """The registered sources of a home folder, delivery by delivery; the demonstration region without registration.

    Raises:
        InputError: The file is not TOML, names an unknown kind, or an arrival is no instant.
    """
    return [delivery for source in registered(home, shipped) for delivery in source.deliveries()]


def registered(home: Path, shipped: Path) -> list[Source]:
    """The registered sources as they were written; see :func:`read_sources`."""
    path = home / FILE_NAME
    if not path.is_file():
        return [Source(DEMO_REGION, shipped)]
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("source", [])
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is not valid TOML: {error}.", remedy="Mend that line.") from error
    return [_source(entry, shipped, path) for entry in entries]


def _source(entry: Mapping[str, Any], shipped: Path, file: Path) -> Source:
    try:
        kind = kind_named(str(entry.get("kind")))
    except UsageError as error:
        raise InputError(f"{file}: {error}") from error
    received_at = instant_of(str(entry["received_at"])) if entry.get("received_at") else None
    return Source(kind, place_of(str(entry.get("path") or shipped_folder(kind, shipped))), received_at)


def shipped_folder(kind: str, shipped: Path) -> Path:
    """Where the shipped data of a kind of source are.

    Raises:
        UsageError: None are shipped.
    """
    kind = kind_named(kind)
    if kind not in SHIPPED:
        raise UsageError(f"No data of '{kind}' are shipped.", remedy="Give the folder with --path.")
    return shipped / SHIPPED[kind]


def write_sources(home: Path, sources: Iterable[Source]) -> Path:
    """Write the registration file; it is meant to be edited by hand."""
    path = home / FILE_NAME
    lines = ["# Sources that `hemoflow ingest` and the daily run read. An empty path means the shipped data.", ""]
    for source in sources:
        lines += ["[[source]]", f'kind = "{source.kind}"', f"path = {json.dumps(str(source.path), ensure_ascii=False)}"]
        lines += [f'received_at = "{source.received_at.isoformat()}"'] if source.received_at else []
        lines.append("")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def registration(home: Path) -> str | None:
    """The registration file as it is; None where there is none."""
    path = home / FILE_NAME
    return path.read_text(encoding="utf-8") if path.is_file() else None


def forget_registration(home: Path, before: str | None) -> None:
    """Put the registration file back as it was: what cannot be loaded must not stand in the way of later loads."""
    if before is None:
        (home / FILE_NAME).unlink(missing_ok=True)
    else:
        (home / FILE_NAME).write_text(before, encoding="utf-8")


def with_delivery(sources: Iterable[Source], delivery: Source) -> list[Source]:
    """The sources with one more delivery; one of the same kind and arrival is replaced."""
    same = (delivery.kind, delivery.received_at)
    return [*(source for source in sources if (source.kind, source.received_at) != same), delivery]


def source_of(kind: str, path: Path | str, received_at: str = "") -> Source:
    """A source from command-line words.

    Raises:
        UsageError: The kind is unknown, the folder is absent, or the arrival is no instant.
    """
    kind, place = kind_named(kind), place_of(str(path))
    if isinstance(place, Path) and not place.exists():
        raise UsageError(f"The folder {path} does not exist.", remedy="Give the folder that holds the source's files.")
    whole = place if isinstance(place, str) else place.resolve()
    return Source(kind, whole, instant_of(received_at) if received_at else None)


def place_of(text: str) -> Path | str:
    """A folder or file, or the address of a database as it is."""
    return text if is_url(text) else Path(text)


def instant_of(text: str) -> datetime:
    """An arrival from ISO 8601 text; without a zone it is UTC.

    Raises:
        UsageError: It is no instant.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"'{text}' is no instant.", remedy="Write it as 2024-10-15T06:00Z.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
