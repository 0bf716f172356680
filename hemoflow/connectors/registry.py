"""The sources of a site: a small TOML file in the home folder, and how each kind is read.

```toml
[[source]]
kind = "demo-region"      # or "mimic-iv", "fhir-r4", "omop-cdm", "eicu", "canonical"
path = ""                 # empty: the shipped data; an address: "omop-cdm" from a database, "fhir-r4" from a server

[[source]]                # a later delivery of the same source: what it adds or corrects is known from its arrival on
kind = "demo-region"
path = "/data/2024-10-15"
received_at = "2024-10-15T06:00:00+00:00"
```

A folder may hold deliveries of its own: each subfolder named by its arrival, for example ``2024-10-15`` or
``2024-10-15T0600Z``, is one. Files beside them, or in a subfolder ``base``, are the history that came first.
What is fetched from a server comes as such a folder in the home folder, and is deleted once it is loaded.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hemoflow.connectors.deliveries import Source
from hemoflow.connectors.fhir.fetching import fetched_folder
from hemoflow.connectors.fhir.server import Server
from hemoflow.connectors.kinds import DEMO_REGION, FHIR_R4, SHIPPED, kind_named
from hemoflow.connectors.omop.database import is_url
from hemoflow.domain.errors import InputError, UsageError

FILE_NAME = "sources.toml"


def read_sources(home: Path, shipped: Path) -> list[Source]:
    """The registered sources of a home folder, delivery by delivery; the demonstration region without registration.

    Raises:
        InputError: The file is not TOML, names an unknown kind, or an arrival is no instant.
    """
    return [delivery for source in registered(home, shipped) for delivery in at_home(source, home).deliveries()]


def at_home(source: Source, home: Path) -> Source:
    """A source where its files are: those of a server are fetched into the home folder."""
    if not source.server:
        return source
    return replace(source, path=fetched_folder(home, source.server), is_fetched=True)


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


def server_of(kind: str, address: str, other: str = "") -> Source:
    """A server as a source, from command-line words.

    Raises:
        UsageError: The kind is read from no server, the address is unusable, or another place or an arrival is given.
    """
    if kind_named(kind) != FHIR_R4:
        raise UsageError(f"'{kind}' is not read from a server.", remedy=f"Use --url with --source {FHIR_R4} only.")
    if other:
        raise UsageError("A server needs neither --path nor --received-at.", remedy="Give --url alone.")
    return Source(FHIR_R4, Server(address).address)


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
