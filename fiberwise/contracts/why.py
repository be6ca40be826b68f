"""Why a run went as it did: the account that `why` tells, each part by itself, for terminals, pages and programs."""

from datetime import datetime
from typing import Literal

from fiberwise.contracts.attempt import Failure
from fiberwise.contracts.execution import Outcome, Status
from fiberwise.contracts.payload import Payload
from fiberwise.contracts.view import Phase

TryStatus = Literal[
    "completed",
    "failed",
    "lost",
    "skipped",
    "cached",
    "substituted",
    "running",
    "backing_off",
    "scheduled",
    "paused",
]
"""How an attempt ended, or how far it has come: `scheduled` waits for a worker, `backing_off` for its time."""


class Origin(Payload):
    """What asked for the run. `fell_for` is why the run before it fell back; `faults` were ordered to try it out."""

    user: str = ""
    trigger: str = ""
    source: str = ""
    key: str = ""
    retry_of: str = ""
    rerun_of: str = ""
    fallback_of: str = ""
    fell_for: str = ""
    faults: dict[str, str] = {}


class Try(Payload):
    """One attempt; `due_at` is when it could begin. A lost one may have no times at all."""

    attempt: int
    status: TryStatus
    due_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    error: Failure | None = None
    note: str = ""


class Trouble(Payload):
    """A call of a step in which attempts failed or were lost. `decisive`: no attempt made good for it.

    `cause` is the error that came first, `became` what came of it in the end. Of a failure outside all steps `step` is
    empty, and of one that no attempt reported there are no tries.
    """

    step: str
    call: int = 1
    decisive: bool
    cause: Failure
    became: str = ""
    tries: list[Try] = []


class Unreached(Payload):
    """A step that was never attempted."""

    step: str
    because: str


class Held(Payload):
    """What keeps a run that goes on from going on: of a step where `step` is not empty."""

    step: str = ""
    since: datetime | None = None
    what: str


class Spent(Payload):
    """Where time went, in ms. `queue`: no worker was free; `limit`: a limit was reached (there are none yet).

    `backoff`: between a failure and the time of the next attempt; `person`: somebody was waited for; `lost`: until the
    death of a worker was noticed; `run`: the attempts themselves; `other`: Temporal's and the workflow's own.
    """

    queue_ms: float = 0
    limit_ms: float = 0
    backoff_ms: float = 0
    person_ms: float = 0
    lost_ms: float = 0
    run_ms: float = 0
    other_ms: float = 0


class Leg(Spent):
    """One call of a step on the critical path, and what was spent between the end of the one before it and its own."""

    step: str
    call: int = 1


class Took(Spent):
    """The time of the whole run: of the steps that ran side by side, those that the run waited for are its `path`."""

    total_ms: float
    path: list[Leg] = []


class Changed(Payload):
    """One field of a step's input, or one version, as the log sums it up; empty: it was not there."""

    field: str
    before: str
    now: str


class Difference(Payload):
    """The last good run of the same pipeline and source, beside this one.

    `step` is the first whose input differs, up to the first that failed (`until`); empty: none does. `changed` are
    the fields of its input that show it, where the log's short summaries do; `versions` differ of the programs.
    """

    execution_id: str
    started_at: datetime
    took_ms: float | None = None
    step: str = ""
    until: str = ""
    compared: list[str] = []
    changed: list[Changed] = []
    versions: list[Changed] = []


class Advice(Payload):
    """What to do now: a command to type, where there is one, and what it does."""

    command: str = ""
    what: str


class Account(Payload):
    """Why a run went as it did, at the time `told_at`. `unknown` says what could not be found out, and why.

    `cut_off` are steps that were under way when the run was ended, or when one beside them failed.
    """

    execution_id: str
    workflow_id: str
    pipeline: str
    status: Status
    outcome: Outcome | None = None
    phase: Phase
    told_at: datetime
    started_at: datetime
    completed_at: datetime | None = None
    reasons: list[str] = []
    produced_by: str = ""
    completeness: float | None = None
    origin: Origin = Origin()
    why_pipeline: str = ""
    troubles: list[Trouble] = []
    held: list[Held] = []
    cut_off: list[str] = []
    unreached: list[Unreached] = []
    took: Took
    difference: Difference | None = None
    advice: list[Advice] = []
    unknown: list[str] = []
