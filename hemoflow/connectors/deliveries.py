"""A source and its deliveries: how it is found, told from what was loaded before, and read."""

from collections.abc import MutableMapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from hemoflow.connectors.fhir.fetching import ARRIVAL, BASE, held
from hemoflow.connectors.fhir.server import is_server
from hemoflow.connectors.kinds import DEMO_REGION, FHIR_R4, KINDS
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import Loaded
from hemoflow.domain.errors import HemoflowError, InputError, StateError

LOADED = ".loaded"
ARRIVALS = ("%Y-%m-%d", "%Y-%m-%dT%H%MZ", ARRIVAL)
"""How the name of a delivery's folder says when it arrived, in UTC."""


@dataclass(frozen=True, slots=True)
class Source:
    """A registered source, or one delivery of it.

    Attributes:
        kind: How it is read.
        path: Its folder, its file, or the address of a database or a FHIR server.
        received_at: When this delivery arrived; None for the history that came first, whose rows were known when they
            say so themselves.
        is_fetched: Whether we fetched it ourselves: its files go once they are loaded.
    """

    kind: str
    path: Path | str
    received_at: datetime | None = None
    is_fetched: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names its loads are kept under: the source names of its rows, with the arrival of a later delivery."""
        mark = f"@{self.received_at.astimezone(UTC):%Y%m%dt%H%M%Sz}" if self.received_at else ""
        return tuple(name + mark for name in KINDS[self.kind].names)

    @property
    def server(self) -> str:
        """The address of the server that it is fetched from; empty where it is not."""
        return self.path if self.kind == FHIR_R4 and isinstance(self.path, str) and is_server(self.path) else ""

    def fingerprint(
        self, pseudonymiser: Pseudonymiser, seed: int, remembered: MutableMapping[str, str] | None = None
    ) -> str:
        """Hash of everything that decides what loading gives: file bytes, key, seed, reader version and arrival.

        Args:
            pseudonymiser: Gives identifiers their pseudonyms.
            seed: Seed of what is made up.
            remembered: Hashes of files found before; is filled, so that only files that changed are read.
        """
        if spent := self._spent():
            key_id, found = spent
            return found if key_id == pseudonymiser.key_id else ""
        found = KINDS[self.kind].fingerprint(self.path, pseudonymiser.key_id, seed, remembered)
        return f"{found}@{self.received_at.astimezone(UTC).isoformat()}" if self.received_at else found

    def load(self, pseudonymiser: Pseudonymiser, seed: int) -> list[tuple[str, Loaded]]:
        """Read the source: one entry for each name of :attr:`names`.

        Raises:
            InputError: The place does not exist, or a file that nothing can do without is missing.
            StateError: It was fetched, loaded and deleted, and the store does not have it under this key.
        """
        if self._spent():
            raise StateError(
                f"{self.path} was deleted after its load, and the store does not have it.",
                remedy=f"Delete the folder {Path(self.path).parent}: the next ingest fetches everything again.",
            )
        if isinstance(self.path, Path) and not self.path.exists():
            raise InputError(f"The place of source '{self.kind}' does not exist.", remedy="Mend sources.toml.")
        try:
            loads = KINDS[self.kind].load(self.path, pseudonymiser, seed)
        except (HemoflowError, OSError):
            raise
        except Exception as error:
            raise InputError(
                f"Source '{self.names[0]}' cannot be read: {type(error).__name__}.",
                remedy="Nothing of it was loaded. Take its files out one by one to find the one that does it.",
            ) from error
        return [
            (name, _arrived(found, name, self.received_at)) for name, (_, found) in zip(self.names, loads, strict=True)
        ]

    def deliveries(self) -> list["Source"]:
        """The deliveries that its folder holds, first come first; the source itself where it holds none."""
        alone = [] if self.is_fetched else [self]
        if not isinstance(self.path, Path) or not self.path.is_dir() or self.kind == DEMO_REGION or self.received_at:
            return alone
        arrived = {folder: at for folder in self.path.iterdir() if (at := _arrival(folder)) is not None}
        base = self.path / BASE
        if not arrived and not base.is_dir():
            return alone
        has_files = any(path.is_file() and not path.name.startswith(".") for path in self.path.iterdir())
        first = [replace(self, path=base)] if base.is_dir() else [self] if has_files else []
        return [
            *first,
            *(replace(self, path=folder, received_at=at) for folder, at in sorted(arrived.items(), key=lambda x: x[1])),
        ]

    def held(self) -> AbstractContextManager[None]:
        """Nobody else loads it meanwhile, where its files go afterwards."""
        return held(Path(self.path).parent) if self.is_fetched else nullcontext()

    def spend(self, pseudonymiser: Pseudonymiser, fingerprint: str) -> None:
        """Delete what was fetched, now that it is loaded: it names patients. Its fingerprint stays."""
        if self.is_fetched:
            if not self._spent():
                (Path(self.path) / LOADED).write_text(f"{pseudonymiser.key_id} {fingerprint}", encoding="ascii")
            for file in Path(self.path).glob("*.ndjson"):
                file.unlink()

    def _spent(self) -> list[str]:
        """Key and fingerprint of what was fetched, loaded and deleted."""
        mark = Path(self.path) / LOADED
        return mark.read_text(encoding="ascii").split() if self.is_fetched and mark.is_file() else []


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
