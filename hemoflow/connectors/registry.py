"""The sources of a site: a small TOML file in the home folder, and how each kind is read.

```toml
[[source]]
kind = "demo-region"      # or "mimic-iv", "fhir-r4", "omop-cdm", "eicu"
path = ""                 # empty: the shipped data
```
"""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from hemoflow.connectors import eicu, fhir, mimic, omop, region
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import Loaded
from hemoflow.domain.errors import InputError, UsageError

DEMO_REGION = "demo-region"
MIMIC_IV = "mimic-iv"
FHIR_R4 = "fhir-r4"
OMOP_CDM = "omop-cdm"
EICU = "eicu"
KINDS = (DEMO_REGION, MIMIC_IV, FHIR_R4, OMOP_CDM, EICU)
VERSIONS = {MIMIC_IV: mimic.VERSION, FHIR_R4: fhir.VERSION, OMOP_CDM: omop.VERSION, EICU: eicu.VERSION}
SHIPPED = {MIMIC_IV: "mimic-iv-demo", FHIR_R4: "synthea-fhir-r4", OMOP_CDM: "synthea-omop-5.4"}
"""Folder of each kind below the shipped data; the demonstration region takes several."""

FILE_NAME = "sources.toml"


@dataclass(frozen=True, slots=True)
class Source:
    """A registered source.

    Attributes:
        kind: How it is read.
        path: Its folder.
    """

    kind: str
    path: Path

    @property
    def names(self) -> tuple[str, ...]:
        """The source names that its rows carry."""
        return region.REGION_SOURCES if self.kind == DEMO_REGION else (self.kind,)

    def fingerprint(self, pseudonymiser: Pseudonymiser, seed: int) -> str:
        """Hash of everything that decides what loading gives: file bytes, key, seed and reader version."""
        if self.kind == DEMO_REGION:
            return region.fingerprint(self.path, pseudonymiser.key_id, seed, region.Region())
        digest = hashlib.sha256(f"{self.kind} {VERSIONS[self.kind]} {pseudonymiser.key_id}".encode())
        ending = ".ndjson" if self.kind == FHIR_R4 else ".csv"
        for file in sorted(path for path in self.path.rglob("*") if ending in path.name.lower() and path.is_file()):
            digest.update(file.relative_to(self.path).as_posix().encode())
            with file.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
        return digest.hexdigest()

    def load(self, pseudonymiser: Pseudonymiser, seed: int) -> list[tuple[str, Loaded]]:
        """Read the source: one entry for each source name that its rows carry."""
        if not self.path.is_dir():
            raise InputError(
                f"The folder of source '{self.kind}' does not exist: {self.path}.", remedy=f"Mend {FILE_NAME}."
            )
        if self.kind == DEMO_REGION:
            return region.load_region(self.path, pseudonymiser, seed=seed)
        if self.kind == MIMIC_IV:
            return [(MIMIC_IV, mimic.load(self.path, pseudonymiser, window=None, seed=seed))]
        if self.kind == EICU:
            return [(EICU, eicu.load(self.path, pseudonymiser))]
        reader = fhir if self.kind == FHIR_R4 else omop
        return [(self.kind, reader.load(self.path, pseudonymiser))]


def read_sources(home: Path, shipped: Path) -> list[Source]:
    """The registered sources of a home folder; the demonstration region when nothing was registered.

    Raises:
        InputError: The file is not TOML or names an unknown kind.
    """
    path = home / FILE_NAME
    if not path.is_file():
        return [Source(DEMO_REGION, shipped)]
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("source", [])
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is not valid TOML: {error}.", remedy="Mend that line.") from error
    unknown = sorted({str(entry.get("kind")) for entry in entries} - set(KINDS))
    if unknown:
        raise InputError(f"{path} names unknown kinds: {', '.join(unknown)}.", remedy=f"Use one of {', '.join(KINDS)}.")
    return [
        Source(entry["kind"], Path(entry.get("path") or shipped_folder(entry["kind"], shipped))) for entry in entries
    ]


def shipped_folder(kind: str, shipped: Path) -> Path:
    """Where the shipped data of a kind of source are.

    Raises:
        UsageError: None are shipped.
    """
    if kind in KINDS and kind not in {DEMO_REGION, *SHIPPED}:
        raise UsageError(f"No data of '{kind}' are shipped.", remedy="Give the folder with --path.")
    return shipped / SHIPPED.get(kind, "")


def write_sources(home: Path, sources: list[Source]) -> Path:
    """Write the registration file; it is meant to be edited by hand."""
    path = home / FILE_NAME
    lines = ["# Sources that `hemoflow ingest` and the daily run read. An empty path means the shipped data.", ""]
    for source in sources:
        lines += ["[[source]]", f'kind = "{source.kind}"', f"path = '{source.path}'", ""]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def source_of(kind: str, path: Path) -> Source:
    """A source from command-line words.

    Raises:
        UsageError: The kind is unknown or the folder is absent.
    """
    if kind not in KINDS:
        raise UsageError(f"Unknown source '{kind}'.", remedy=f"Use one of {', '.join(KINDS)}.")
    if not path.is_dir():
        raise UsageError(f"The folder {path} does not exist.", remedy="Give the folder that holds the source's files.")
    return Source(kind, path.resolve())
