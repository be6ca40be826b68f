"""What the store is told of an execution, and what it answers."""

from datetime import datetime
from typing import Literal, NamedTuple

from pydantic import AwareDatetime, Field, JsonValue

from fiberwise.contracts.execution import Entry, Outcome, Status
from fiberwise.contracts.memory import Learnt
from fiberwise.contracts.payload import Payload, added

RECORD = "record_execution"
"""The activity with which every run ends: called by name, so that `pipeline` needs no store."""


class Begun(Payload):
    """What is known from the start on. `execution_id`: a UUID as text; `key`: its idempotency key."""

    execution_id: str
    pipeline: str
    workflow_id: str = ""
    run_id: str = ""
    input_data: JsonValue = None
    started_at: AwareDatetime
    created_by: str = ""
    trigger: str = ""
    source: str = ""
    input_hash: str = ""
    key: str = ""


class End(NamedTuple):
    """How and when an execution ended, on record."""

    outcome: Outcome
    completed_at: datetime


class RunningRecord(Begun):
    """An execution that runs."""

    status: Literal["running"] = "running"


class FinalRecord(Begun):
    """An execution that has ended, the whole of it: the order in which records arrive then does not matter.

    Of two final records of one execution the one that ended later stands. `log_artifact` is the URI of the
    entries past those in `execution_log`.
    """

    status: Literal["completed", "failed"]
    outcome: Outcome
    reasons: list[str] = Field(default=[])
    output_data: JsonValue = None
    execution_log: list[Entry] = Field(default=[])
    log_artifact: str | None = None
    completed_at: AwareDatetime
    learnt: list[Learnt] | None = added("what agents are to remember of it")


class Execution(Payload):
    """One row of a listing: an execution without its data and log. Times are in UTC."""

    execution_id: str
    pipeline: str
    workflow_id: str
    run_id: str
    status: Status
    outcome: Outcome | None
    reasons: list[str]
    started_at: datetime
    completed_at: datetime | None
    duration_ms: float | None
    created_by: str
    trigger: str
    source: str
    input_hash: str
    key: str


class StoredExecution(Execution):
    """All that the store holds of an execution. Data over 64 KB is `{"uri", "sha256", "bytes"}` instead."""

    input_data: JsonValue
    output_data: JsonValue
    execution_log: list[Entry]
    log_artifact: str | None


class ExecutionFilter(Payload):
    """Which executions to list, newest first; None does not filter. `since <= started_at < until`."""

    pipeline: str | None = None
    status: Status | None = None
    outcome: Outcome | None = None
    user: str | None = None
    source: str | None = None
    input_hash: str | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    limit: int = 100
    offset: int = 0
