"""Policy: clinical and supply rules as frozen values, each with unit, meaning and source.

A profile is a TOML file with the sections below. Each entry is a table ``{value, unit, meaning, source}``; unknown
sections or keys, missing entries and values of the wrong kind are refused, all of them in one message.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, get_origin, get_type_hints

from hemoflow.domain.errors import PolicyError
from hemoflow.domain.ladders import (
    NETWORK_RUNGS,
    PAPER_RUNGS,
    PROGRAMS,
    ladder_faults,
    tolerance_faults,
    tolerances_of,
)
from hemoflow.domain.retention import Retention
from hemoflow.domain.watching import Watch

PROFILES = Path(__file__).resolve().parents[1] / "policies"
CHANGED = "+changed"
"""End of the version of a profile with values changed for a trial."""


@dataclass(frozen=True, slots=True)
class Clock:
    """When a day's run looks at the world."""

    cut_hour: int
    time_zone: str


@dataclass(frozen=True, slots=True)
class Supply:
    """Stock, horizon and ordering rules."""

    component: str
    shelf_life_days: int
    horizon_days: int
    urgency_deadlines_days: tuple[int, ...]
    terminal_rule: str
    very_urgent_quantile: float
    donation_low_quantile: float
    history_days: int
    holiday_country: str
    target_days_of_stock: float
    alert_days_of_stock: float
    solver_time_limit_s: float
    program: str
    paper_ladder: tuple[str, ...]
    network_ladder: tuple[str, ...]
    ladder_tolerances: tuple[str, ...]
    order_lead_days: int
    reserve_days: int

    @property
    def is_network(self) -> bool:
        """Whether one program plans all groups together."""
        return self.program == "network"

    @property
    def ladder(self) -> tuple[str, ...]:
        """Rungs of the program in use."""
        return self.network_ladder if self.is_network else self.paper_ladder

    @property
    def tolerances(self) -> dict[str, int]:
        """Units by which a rung of the program in use may be given up for later ones."""
        return {rung: units for rung, units in tolerances_of(self.ladder_tolerances).items() if rung in self.ladder}

    def faults(self) -> Iterator[str]:
        """What the entries, each of the right kind, make no sense of."""
        if self.program not in PROGRAMS:
            yield f"supply.program = {self.program!r} is not one of {', '.join(PROGRAMS)}"
        yield from ladder_faults("supply.paper_ladder", self.paper_ladder, PAPER_RUNGS)
        yield from ladder_faults("supply.network_ladder", self.network_ladder, NETWORK_RUNGS)
        ladders = (self.paper_ladder, self.network_ladder)
        yield from tolerance_faults("supply.ladder_tolerances", self.ladder_tolerances, *ladders)
        if not 1 <= self.order_lead_days < self.horizon_days:
            yield f"supply.order_lead_days = {self.order_lead_days} is not from 1 to the day before the horizon ends"
        if not 0 <= self.reserve_days < self.horizon_days:
            yield f"supply.reserve_days = {self.reserve_days} is not from 0 to the day before the horizon ends"


@dataclass(frozen=True, slots=True)
class Need:
    """Training of the need model."""

    horizon_days: int
    folds: int
    trees: int
    parallel_trees: int
    max_depth: int
    units_max_depth: int
    month_coverage: float
    learning_rate: float
    row_share: float
    column_share: float
    deals: int
    search_trials: int
    haemoglobin_fresh_hours: int
    default_threshold_g_per_dl: float


@dataclass(frozen=True, slots=True)
class Segmentation:
    """The ensemble of clusterings and the rules."""

    smallest_k: int
    largest_k: int
    finer_k: int
    fixed_k: int
    resamples: int
    resample_share: float
    smallest_cluster_share: float
    stability_splits: int
    most_anchors: int
    rule_conditions: int
    rules_per_segment: int
    rule_bootstraps: int
    aim_precision_share: float
    aim_recall_share: float
    aim_jaccard_share: float
    rules_file: str


@dataclass(frozen=True, slots=True)
class Routing:
    """Gates, weights and capacity of home transfusion."""

    max_units_per_home_visit: int
    min_prior_transfusions: int
    max_travel_minutes: int
    min_age_years: int
    uncertainty_margin: float
    weight_travel: float
    weight_regularity: float
    weight_frailty: float
    weight_mobility: float
    weight_burden: float
    weight_stability: float
    weight_carer: float
    weight_preference: float
    membership_exponent: float
    uncertainty_discount: float
    risk_weight: float
    pairwise_comparisons: tuple[str, ...]
    sampled_weights: int
    visit_overhead_minutes: int
    minutes_per_unit: int
    observation_minutes: int
    planning_days: int
    max_home_visits_per_clinic_visit: int
    needs_second_adult: bool
    home_notice_days: int
    visit_window_days: int
    max_visit_window_days: int
    nurse_day_minutes: int
    chair_overhead_minutes: int
    team_skills: tuple[str, ...]
    hysteresis_points: float
    equity_floor_percent: int
    far_travel_minutes: int
    older_age_years: int
    home_solver_time_limit_s: float


@dataclass(frozen=True, slots=True)
class Publication:
    """What leaves the house."""

    smallest_published_count: int
    artifact_rows: int
    stale_after_hours: int


@dataclass(frozen=True, slots=True)
class Policy:
    """One versioned profile."""

    name: str
    version: str
    clock: Clock
    supply: Supply
    need: Need
    segmentation: Segmentation
    routing: Routing
    publication: Publication
    watch: Watch
    retention: Retention
    rules_text: str = ""
    """Content of the rules file that a person has edited; part of the identity, so that an edit makes a new run."""

    @property
    def sha256(self) -> str:
        """Hash of every value: two profiles with the same hash give the same plans."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


SECTIONS: dict[str, type] = {
    "clock": Clock,
    "supply": Supply,
    "need": Need,
    "segmentation": Segmentation,
    "routing": Routing,
    "publication": Publication,
    "watch": Watch,
    "retention": Retention,
}


def load_policy(name_or_path: str) -> Policy:
    """Read a profile by name (in ``hemoflow/policies``) or by path, with ``?section.key=value&...`` to change values.

    Raises:
        PolicyError: The file is absent, not TOML, or has unknown, missing or wrong entries (all are listed).
    """
    name_or_path, _, changes = name_or_path.partition("?")
    path = _find(name_or_path)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"Policy {path.name} is not valid TOML: {error}.", remedy="Mend that line.") from error
    meta = raw.pop("profile", {})
    changed = [_change(raw, meta, words) for words in changes.split("&") if words]
    problems = [problem for problem in changed if problem]
    problems += [f"unknown section [{name}]" for name in raw if name not in SECTIONS]
    problems += [f"[profile] lacks {key}" for key in ("name", "version") if key not in meta]
    sections = {name: _section(name, kind, raw.get(name, {}), problems) for name, kind in SECTIONS.items()}
    if not problems:
        problems += [*sections["supply"].faults(), *sections["watch"].faults()]
    if problems:
        raise PolicyError(f"Policy {path.name}: " + "; ".join(problems) + ".", remedy="See policies/region_demo.toml.")
    rules_text = _rules_text(path.parent, sections["segmentation"].rules_file)
    return Policy(name=meta["name"], version=meta["version"], **sections, rules_text=rules_text)


def _rules_text(folder: Path, name: str) -> str:
    """The rules file named by the profile, looked for beside it."""
    if not name:
        return ""
    path = folder / name
    if not path.is_file():
        raise PolicyError(
            f"segmentation.rules_file = {name!r} is not there.", remedy="Write it: hemoflow rules export FILE."
        )
    return path.read_text(encoding="utf-8")


def _find(name_or_path: str) -> Path:
    for path in (PROFILES / f"{name_or_path}.toml", Path(name_or_path)):
        if path.is_file():
            return path
    known = ", ".join(sorted(path.stem for path in PROFILES.glob("*.toml")))
    raise PolicyError(f"No policy profile '{name_or_path}'.", remedy=f"Give a path or one of: {known}.")


def _change(raw: dict[str, Any], meta: dict[str, Any], words: str) -> str:
    key, _, value = words.partition("=")
    section, _, name = key.partition(".")
    if name not in raw.get(section, {}):
        return f"unknown key {key}"
    try:
        raw[section][name]["value"] = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        raw[section][name]["value"] = value
    if not str(meta.get("version", "")).endswith(CHANGED):
        meta["version"] = f"{meta.get('version', '')}{CHANGED}"
    return ""


def _section(name: str, kind: type, entries: dict[str, Any], problems: list[str]) -> Any:  # noqa: ANN401
    hints = get_type_hints(kind)
    names = {field.name for field in fields(kind)}
    problems += [f"unknown key {name}.{key}" for key in entries if key not in names]
    values = {key: _value(f"{name}.{key}", hints[key], entries.get(key), problems) for key in sorted(names)}
    return None if problems else kind(**values)


def _value(where: str, wanted: Any, entry: Any, problems: list[str]) -> Any:  # noqa: ANN401
    if not isinstance(entry, dict) or not {"value", "unit", "meaning", "source"} <= entry.keys():
        problems.append(f"{where} needs value, unit, meaning and source")
        return None
    value = entry["value"]
    if get_origin(wanted) is tuple and isinstance(value, list):
        return tuple(value)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(wanted, type) and (not isinstance(value, wanted) or isinstance(value, bool) != (wanted is bool)):
        problems.append(f"{where} = {value!r} is not {wanted.__name__}")
    return value
