"""All settings of ours, with defaults. Temporal's own (address, TLS, API key) come by its envconfig instead."""

from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from fiberwise.runtime.capacity import memory_of_machine

MIB = 1 << 20


class Settings(BaseSettings):
    """Read from the environment (`FIBERWISE_…`). docs/settings.md lists them; a test holds the page to this class."""

    model_config = SettingsConfigDict(env_prefix="FIBERWISE_", extra="ignore", frozen=True)

    home: Path = Field(
        default=Path(".fiberwise"), description="folder for all state: databases, artifacts, logs"
    )
    artifacts: str = Field(
        default="", description="fsspec URL of the artifact store (default: a folder in `home`)"
    )
    published: Path | None = Field(
        default=None, description="folder where runs publish their results (default: a folder in `home`)"
    )
    database: str = Field(
        default="", description="SQLAlchemy URL of the record store (default: SQLite in `home`)"
    )
    task_queue: str = Field(default="fiberwise", description="Temporal task queue")
    temporal_cli: str = Field(
        default="", description="path of the `temporal` program for the embedded server"
    )
    server_port: int = Field(
        default=0, ge=0, le=65535, description="port of the embedded server (0: a free one)"
    )
    ui_port: int = Field(default=0, ge=0, le=65535, description="port of the embedded Web UI (0: a free one)")
    ui_url: str = Field(
        default="", description="where the Temporal Web UI is, for links to a server of your own"
    )
    sandbox: bool = Field(default=True, description="run workflow code in the SDK's sandbox")
    allow_faults: bool = Field(default=False, description="obey `--fault`, which makes steps fail on purpose")
    memory: bool = Field(default=True, description="agents remember data sources from run to run")
    processes: int = Field(
        default=0, ge=0, description="child processes for heavy steps (0: one per core, at most 4)"
    )
    versioning: Literal["off", "pinned", "auto-upgrade"] = Field(
        default="off",
        description="`pinned`: a run ends on the code that began it; `auto-upgrade`: it goes on on the current one",
    )
    deployment: str = Field(
        default="fiberwise", min_length=1, description="Temporal's name for all versions of these workers"
    )
    build: str = Field(
        default="", description="id of this worker's version (default: project version and fingerprint)"
    )
    check_executions: int = Field(
        default=100, ge=0, description="running executions that a worker replays before it polls (0: none)"
    )
    check_seconds: float = Field(default=10, gt=0, description="how long it takes for that at most")
    grace_seconds: float = Field(default=10, ge=0, description="how long SIGTERM lets running steps end")
    memory_budget: int = Field(
        default=0,
        ge=0,
        description="bytes that a data set may take in memory whole, else it streams (0: half of all)",
    )
    chunk_bytes: int = Field(
        default=4 * MIB, ge=1024, description="text of a chunk of a data set that streams"
    )
    max_bytes: int = Field(default=4096 * MIB, ge=1, description="largest data set taken in, as given")
    max_unpacked_bytes: int = Field(
        default=16384 * MIB, ge=1, description="largest data set taken in, decompressed"
    )
    max_unpacked_ratio: int = Field(
        default=200, ge=1, description="most a file may grow when decompressed (past 64 MiB)"
    )
    max_cell_bytes: int = Field(default=8 * MIB, ge=1, description="largest single cell")

    @cached_property
    def artifacts_url(self) -> str:
        return self.artifacts or str(self.home.absolute() / "artifacts")

    @cached_property
    def published_folder(self) -> Path:
        return (self.published or self.home / "published").absolute()

    @cached_property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.home.absolute() / 'records.sqlite'}"

    @property
    def memory_bytes(self) -> int:
        return self.memory_budget or memory_of_machine() // 2

    @property
    def logs(self) -> Path:
        return self.home.absolute() / "logs"
