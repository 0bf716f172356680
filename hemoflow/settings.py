"""Settings from the environment, read once at the edge and passed in. Science code never reads them.

Every variable has the prefix ``HEMOFLOW_``; the table in ``docs/reference/settings.md`` is generated from here.
"""

from pathlib import Path
from typing import Literal, TypedDict

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parents[1]


class Asking(TypedDict):
    """How questions about the past are asked."""

    threads: int
    engine: str


class Settings(BaseSettings):
    """Where Hemoflow keeps its things."""

    model_config = SettingsConfigDict(env_prefix="HEMOFLOW_", frozen=True, extra="ignore")

    home: Path = Field(
        Path(".hemoflow"), description="Folder for the store, the lake, run results, models and the local key."
    )
    database_url: str = Field("", description="SQLAlchemy URL of the store; empty means SQLite inside the home folder.")
    data: Path = Field(REPOSITORY / "data", description="Folder with the shipped demonstration data.")
    policy: str = Field(
        "region_demo", description="Policy profile: a name in hemoflow/policies, or a path to a TOML file."
    )
    pseudonym_key: SecretStr = Field(
        SecretStr(""), description="Key for patient pseudonyms; empty means a key file generated in the home folder."
    )
    vault_key: SecretStr = Field(
        SecretStr(""),
        description="Key of the identity vault, at least 32 letters; empty switches it off. To rotate: new,old.",
    )
    fhir_token: SecretStr = Field(
        SecretStr(""), description="Bearer token for the FHIR server among the sources; empty where it needs none."
    )
    need_model: str = Field(
        "", description="Version of the need model that this deployment is pinned to; empty means the promoted one."
    )
    threads: int = Field(
        1, ge=1, le=64, description="Threads for XGBoost and DuckDB; one gives the same bytes anywhere."
    )
    engine: Literal["duckdb", "spark"] = Field(
        "duckdb", description="Engine of the questions about the past; spark needs Java 17 and pyspark."
    )

    training_points: int = Field(
        500_000,
        ge=1000,
        description="Past points that one machine learns from. Of more, spark grows the final trees from all of them.",
    )

    cockpit_url: str = Field("", description="Address of the cockpit, for links from Prefect; empty means no links.")
    cockpit_https: bool = Field(
        default=False, description="Whether the cockpit is reached by HTTPS only; its cookie then travels no other way."
    )
    prefect_ui_url: str = Field("", description="Address of the Prefect UI, for links from the cockpit.")

    @property
    def store_url(self) -> str:
        """The URL of the store, with the default filled in."""
        return self.database_url or f"sqlite:///{(self.home / 'hemoflow.db').resolve()}"

    @property
    def asking(self) -> Asking:
        """Engine and threads of the questions about the past."""
        return {"threads": self.threads, "engine": self.engine}

    @property
    def lake(self) -> Path:
        """Canonical tables as Parquet, one folder a table."""
        return self.home / "lake"

    @property
    def runs(self) -> Path:
        """Results of runs, one folder a run."""
        return self.home / "runs"

    @property
    def models(self) -> Path:
        """Trained model files, one folder a version."""
        return self.home / "models"
