"""An execution seen from outside: its log, its progress and its result."""

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import Field, JsonValue

from fiberwise.contracts.attempt import Failure, Metrics
from fiberwise.contracts.controls import Noted, Waiting
from fiberwise.contracts.payload import Payload, added
from fiberwise.contracts.stream import Tally

R = TypeVar("R")
A = TypeVar("A")

Status = Literal["running", "completed", "failed"]
Outcome = Literal["full", "degraded", "fallback", "failed", "cancelled", "timed_out"]
EntryStatus = Literal["completed", "failed", "lost", "skipped", "cached", "substituted"]
KEPT_ENTRIES = 200
"""As many entries of a log are part of a result and of a record; the rest is an artifact."""

Summary = dict[str, Any]
"""A bounded (1 KB) excerpt of a payload, as JSON."""


class Entry(Payload):
    """One attempt of one call of a step, appended to the execution log when it ended.

    `waited_ms` is from when the attempt could have begun until a worker took it; `cache` says hit, miss and why;
    `note` what a person or a stand-in had to do with it.
    """

    seq: int
    step: str
    call: int = 1
    activity: str
    attempt: int
    status: EntryStatus
    started_at: datetime | None = None
    completed_at: datetime | None = None
    duration_ms: float | None = None
    waited_ms: float | None = None
    input: Summary = {}
    input_hash: str = ""
    output: Summary | None = None
    error: Failure | None = None
    metrics: Metrics = Metrics()
    cache: str = ""
    note: str = ""


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
    """Who, what and with which versions; `run_ids` grows when a run continues as new.

    `retry_of` and `rerun_of` are the executions that this one carries on or repeats, `fallback_of` the one that fell
    back on it.
    """

    user: str = ""
    trigger: str = ""
    source: str = ""
    task_queue: str = ""
    run_ids: list[str] = []
    input_hash: str = ""
    key: str = ""
    retry_of: str = ""
    rerun_of: str = ""
    fallback_of: str = ""
    started_at: datetime | None = None
    completed_at: datetime | None = None


class Receipt(Payload):
    """What the attempts of one step cost, in ms and bytes: `wasted_ms` and `wasted_cpu_ms` went into failed ones."""

    step: str
    attempts: int
    waited_ms: float
    ran_ms: float
    cpu_ms: float
    peak_rss_bytes: int | None = None
    wasted_ms: float = 0
    wasted_cpu_ms: float = 0


class PipelineResult(Payload, Generic[R, A]):
    """What an ended execution delivers. `log_artifact` holds the entries past the first 200.

    `completeness` is the share (0 to 1) of the steps it was to do that gave a result of their own; `partial` what
    each step gave of a run that has no results; `produced_by` the fallback pipeline that made the results.
    """

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
    completeness: float = 1.0
    partial: dict[str, JsonValue] = {}
    produced_by: str = ""
    fell_to: list[str] = []
    controls: list[Noted] = []
    receipt: list[Receipt] = []
    chunks: dict[str, Tally] | None = added("of steps that streamed: what became of their chunks")


StepState = Literal[
    "waiting",
    "running",
    "completed",
    "failed",
    "skipped",
    "substituted",
    "undone",
    "paused",
    "waiting_approval",
    "needs_repair",
]
"""`waiting` is not reached yet; the last three wait for a person."""


class StepProgress(Payload):
    step: str
    state: StepState
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
    waiting: list[Waiting] = []
    controls: list[Noted] = []
    deadline_at: datetime | None = None
