"""An execution seen from outside: its options, its log, its progress and its result."""

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import Field

from fiberwise.contracts.attempt import Failure, Metrics
from fiberwise.contracts.payload import Payload

R = TypeVar("R")
A = TypeVar("A")

Status = Literal["running", "completed", "failed"]
Outcome = Literal["full", "degraded", "fallback", "failed", "cancelled", "timed_out"]
EntryStatus = Literal["completed", "failed", "lost", "skipped", "cached", "substituted"]
FaultKind = Literal["fail", "fail-once", "hang", "slow", "garbage", "kill-worker"]
KEPT_ENTRIES = 200
"""As many entries of a log are part of a result and of a record; the rest is an artifact."""

Summary = dict[str, Any]
"""A bounded (1 KB) excerpt of a payload, as JSON."""


class RunOptions(Payload):
    """How to run, beside what to run on: travels in the memo under `run`. Absent means these defaults.

    `key` is the idempotency key; `nonce` tells the start that made the execution from others with its key.
    """

    user: str = ""
    trigger: str = "unknown"
    source: str = ""
    input_hash: str = ""
    key: str = ""
    nonce: str = ""
    faults: dict[str, FaultKind] = {}


class Header(Payload):
    """What the activities of a run are told beside their input; the first of them opens the record."""

    options: RunOptions = RunOptions()
    opening: "Opening | None" = None


class Opening(Payload):
    """What is known of an execution when its first step starts; `input` is left out where it is large."""

    execution_id: str
    pipeline: str
    started_at: datetime
    input: Any = None


class Entry(Payload):
    """One attempt of one call of a step, appended to the execution log when it ended."""

    seq: int
    step: str
    call: int = 1
    activity: str
    attempt: int
    status: EntryStatus
    started_at: datetime | None = None
    completed_at: datetime | None = None
    duration_ms: float | None = None
    input: Summary = {}
    output: Summary | None = None
    error: Failure | None = None
    metrics: Metrics = Metrics()


class Versions(Payload):
    """What ran the work: told by the worker that records the run; the server's is known to clients alone."""

    project_version: str = ""
    sdk_version: str = ""
    python_version: str = ""
    server_version: str = ""


class Recorded(Versions):
    """What the recording activity answers; `log_artifact` is where the entries past the first 200 went."""

    log_artifact: str | None = None


class Metadata(Versions):
    """Who, what and with which versions; `run_ids` grows when a run continues as new."""

    user: str = ""
    trigger: str = ""
    source: str = ""
    task_queue: str = ""
    run_ids: list[str] = []
    input_hash: str = ""
    key: str = ""
    started_at: datetime | None = None
    completed_at: datetime | None = None


class PipelineResult(Payload, Generic[R, A]):
    """What an ended execution delivers. `log_artifact` holds the entries past the first 200."""

    execution_id: str
    pipeline: str
    status: Status
    outcome: Outcome
    reasons: list[str] = []
    results: R
    analysis: A
    execution_log: list[Entry] = []
    metadata: Metadata
    failure: Failure | None = None
    log_artifact: str | None = None


class StepProgress(Payload):
    step: str
    state: Literal["waiting", "running", "completed", "failed", "skipped"]
    call: int = 0
    summary: str = ""


class Progress(Payload):
    """Answer of the query `progress`: what a workflow itself can know of a run."""

    execution_id: str
    pipeline: str
    phase: str
    steps: list[StepProgress]
    reasons: list[str] = []
    outcome: Outcome | None = None
    started_at: datetime | None = None
    entries: int = Field(default=0, description="length of the execution log so far")
