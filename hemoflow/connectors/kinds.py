"""The kinds of source: for each its name, the files it reads, its version and its reader."""

import hashlib
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hemoflow.connectors import canonical, eicu, fhir, hl7v2, mimic, omop, region, sheets
from hemoflow.connectors.hashes import file_digest
from hemoflow.connectors.omop.database import Database
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import Loaded
from hemoflow.domain.errors import UsageError

DEMO_REGION, MIMIC_IV, FHIR_R4, OMOP_CDM, EICU = "demo-region", "mimic-iv", "fhir-r4", "omop-cdm", "eicu"

SHIPPED = {DEMO_REGION: "", MIMIC_IV: "mimic-iv-demo", FHIR_R4: "synthea-fhir-r4", OMOP_CDM: "synthea-omop-5.4"}
"""Folder of each kind below the shipped data; the demonstration region takes several."""


OTHER_NAMES = {
    "fhir": FHIR_R4, "omop": OMOP_CDM, "mimic": MIMIC_IV, "mimiciv": MIMIC_IV, "eicu-crd": EICU,
    "hl7": hl7v2.SOURCE, "hl7v2": hl7v2.SOURCE, "hl7-v2.x": hl7v2.SOURCE, "lab": sheets.LABORATORY,
    "lis": sheets.LABORATORY, "template": sheets.SHEETS,
    **{name.replace("_", "-"): sheets.SHEETS for name in (*sheets.TEMPLATES, *sheets.ALIASES)},
}  # fmt: skip
"""What else people call a kind; each template's name means the templates."""


def kind_named(name: str) -> str:
    """The kind that a person means.

    Raises:
        UsageError: It is none.
    """
    plain = name.strip().lower().replace("_", "-")
    found = OTHER_NAMES.get(plain, plain)
    if found not in KINDS:
        raise UsageError(f"Unknown source '{name}'.", remedy=f"Use one of {', '.join(KINDS)}.")
    return found


@dataclass(frozen=True)
class Kind:
    """How one kind of source is read.

    Attributes:
        names: Source names that its rows carry.
        version: Version of the reader.
        parts: Parts of file names (in small letters) that mark what is read.
        read: From place, pseudonyms and seed to what each name gave.
    """

    names: tuple[str, ...]
    version: str
    parts: tuple[str, ...]
    read: Callable[[Path, Pseudonymiser, int], list[Loaded]]

    def load(self, place: Path | str, pseudonymiser: Pseudonymiser, seed: int) -> list[tuple[str, Loaded]]:
        """Read the source: source name and what it gave.

        Raises:
            UsageError: The place is a database and this kind is read from files.
            InputError: A file that nothing can do without is missing or unusable.
        """
        if not isinstance(place, Path):
            if self.names != (OMOP_CDM,):
                raise UsageError(f"{self.names[0]} is read from files.", remedy="Give its folder with --path.")
            return [(OMOP_CDM, omop.load(Database(place), pseudonymiser))]
        with _as_folder(place) as folder:
            return list(zip(self.names, self.read(folder, pseudonymiser, seed), strict=True))

    def fingerprint(
        self, place: Path | str, key_id: str, seed: int, remembered: MutableMapping[str, str] | None = None
    ) -> str:
        """Hash of everything that decides what loading gives: bytes, key, seed and version.

        Args:
            place: Folder, file or address of a database.
            key_id: Short name of the pseudonym key.
            seed: Seed of every draw.
            remembered: Hashes of files found before; is filled.
        """
        if not isinstance(place, Path):
            return hashlib.sha256(f"{self.version} {key_id} {Database(place).digest()}".encode()).hexdigest()
        if self.names == region.REGION_SOURCES:
            return region.fingerprint(place, key_id, seed, region.Region())
        digest = hashlib.sha256(f"{self.names[0]} {self.version} {key_id}".encode())
        for file in [place] if place.is_file() else sorted(place.rglob("*")):
            if file.is_file() and any(part in file.name.lower() for part in self.parts):
                digest.update(file.relative_to(place.parent if place.is_file() else place).as_posix().encode())
                digest.update(file_digest(file, remembered))
        return digest.hexdigest()


@contextmanager
def _as_folder(place: Path) -> Iterator[Path]:
    """A folder as it is; a single file as a folder that holds nothing else, save the mapping beside it."""
    if not place.is_file():
        yield place
        return
    with TemporaryDirectory(prefix="hemoflow-") as alone:
        mapping = place.with_name(sheets.MAPPING)
        for path in {place, mapping} if mapping.is_file() else {place}:
            (Path(alone) / path.name).symlink_to(path.resolve())
        yield Path(alone)


def _region(place: Path, pseudonymiser: Pseudonymiser, seed: int) -> list[Loaded]:
    return [found for _, found in region.load_region(place, pseudonymiser, seed=seed)]


def _mimic(place: Path, pseudonymiser: Pseudonymiser, seed: int) -> list[Loaded]:
    return [mimic.load(place, pseudonymiser, window=None, seed=seed)]


def _simple(load: Callable[[Path, Pseudonymiser], Loaded]) -> Callable[[Path, Pseudonymiser, int], list[Loaded]]:
    return lambda place, pseudonymiser, _: [load(place, pseudonymiser)]


KINDS: dict[str, Kind] = {
    DEMO_REGION: Kind(region.REGION_SOURCES, "", (), _region),
    MIMIC_IV: Kind((MIMIC_IV,), mimic.VERSION, (".csv",), _mimic),
    FHIR_R4: Kind((FHIR_R4,), fhir.VERSION, (".ndjson", ".json"), _simple(fhir.load)),
    OMOP_CDM: Kind((OMOP_CDM,), omop.VERSION, (".csv",), _simple(omop.load)),
    EICU: Kind((EICU,), eicu.VERSION, (".csv",), _simple(eicu.load)),
    hl7v2.SOURCE: Kind((hl7v2.SOURCE,), hl7v2.VERSION, hl7v2.ENDINGS, _simple(hl7v2.load)),
    canonical.SOURCE: Kind(
        (canonical.SOURCE,), canonical.VERSION, (".parquet", ".csv", "manifest.json"), _simple(canonical.load)
    ),
    sheets.SHEETS: Kind((sheets.SHEETS,), sheets.VERSION, (".csv", ".xls"), _simple(sheets.load_templates)),
    sheets.LABORATORY: Kind(
        (sheets.LABORATORY,), sheets.VERSION, (".csv", ".xls", ".toml"), _simple(sheets.load_laboratory)
    ),
}
"""Every kind by its name."""
