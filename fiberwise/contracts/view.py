"""An execution as a client sees it: what the workflow knows, merged with what only the server knows."""

from datetime import datetime
from typing import Any, Literal

from fiberwise.contracts.attempt import Failure
from fiberwise.contracts.execution import Entry, Metadata, Outcome, Status, StepProgress
from fiberwise.contracts.payload import Payload

Phase = Literal[
    "running", "backing_off", "paused", "waiting_approval", "needs_repair", "no_worker", "blocked", "ended"
]


class PendingStep(Payload):
    """An attempt that runs, or waits for a worker or for its backoff to pass."""

    step: str
    call: int
    attempt: int
    state: Literal["running", "scheduled", "backing_off"]
    since: datetime | None = None
    next_attempt_at: datetime | None = None
    last_failure: str = ""
    worker: str = ""


class ExecutionView(Payload):
    """`phase` refines a running execution, `outcome` an ended one; `cause` says why it is blocked or unserved."""

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
    reasons: list[str] = []
    temporal_ui: str = ""


class Links(Payload):
    temporal_ui: str = ""
    result: str = ""


class RunAnswer(Payload):
    """What `run --json` prints; `produced_by` names the fallback pipeline that made the results, if one did."""

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
    produced_by: str = ""
    links: Links = Links()
