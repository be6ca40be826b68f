"""An execution as a client sees it: what the workflow knows, merged with what only the server knows."""

from datetime import datetime
from typing import Any, Literal

from pydantic import JsonValue

from fiberwise.contracts.attempt import Failure, Trail
from fiberwise.contracts.controls import Noted, Waiting
from fiberwise.contracts.execution import Entry, Metadata, Outcome, Receipt, Status, StepProgress
from fiberwise.contracts.payload import Payload, added
from fiberwise.contracts.stream import Tally

Phase = Literal[
    "running", "backing_off", "paused", "waiting_approval", "needs_repair", "no_worker", "blocked", "ended"
]
PendingState = Literal["running", "scheduled", "backing_off", "paused"]


class PendingStep(Payload):
    """An attempt that runs, or waits for a worker, its backoff or `resume`; `trail` holds those before it."""

    step: str
    call: int
    attempt: int
    state: PendingState
    since: datetime | None = None
    next_attempt_at: datetime | None = None
    last_failure: str = ""
    worker: str = ""
    trail: Trail = Trail()


class ExecutionView(Payload):
    """`phase` refines a running execution, `outcome` an ended one; `cause` says why it does not go on.

    `waiting` are the steps that wait for a person, with what may be done about each.
    """

    execution_id: str
    workflow_id: str
    run_id: str
    pipeline: str
    status: Status
    outcome: Outcome | None = None
    phase: Phase
    cause: str = ""
    summary: str = ""
    user: str = ""
    source: str = ""
    started_at: datetime
    completed_at: datetime | None = None
    duration_ms: float | None = None
    steps: list[StepProgress] = []
    pending: list[PendingStep] = []
    waiting: list[Waiting] = []
    deadline_at: datetime | None = None
    reasons: list[str] = []
    temporal_ui: str = ""


class Links(Payload):
    temporal_ui: str = ""
    result: str = ""


class RunAnswer(Payload):
    """What `run --json` prints. Fields that PipelineResult has too mean what they mean there."""

    execution_id: str
    workflow_id: str
    pipeline: str
    status: Status
    outcome: Outcome
    reasons: list[str] = []
    results: Any = None
    analysis: Any = None
    execution_log: list[Entry] = []
    metadata: Metadata
    failure: Failure | None = None
    completeness: float = 1.0
    partial: dict[str, JsonValue] = {}
    produced_by: str = ""
    fell_to: list[str] = []
    controls: list[Noted] = []
    receipt: list[Receipt] = []
    chunks: dict[str, Tally] | None = added()
    links: Links = Links()


class Alarm(Payload):
    """A run that will not go on by itself, which Temporal's own lists show as running."""

    kind: Literal["blocked", "no_worker", "overdue"]
    workflow_id: str
    pipeline: str
    cause: str
