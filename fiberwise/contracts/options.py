"""How to run, beside what to run on: the memo of every execution, and the header of its activities."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field, JsonValue

from fiberwise.contracts.payload import Payload
from fiberwise.contracts.stream import Redriven

TEN_YEARS = 10 * 365 * 24 * 3600.0
FaultKind = Literal["fail", "fail-once", "hang", "slow", "garbage", "kill-worker"]


class Taken(Payload):
    """What an earlier execution's step gave: good for a call of the same version on the same input.

    `began` and `ended` are its times there, by the server's clock: what began after another ended may hang on it.
    """

    step: str
    call: int
    version: int
    input_hash: str
    value: JsonValue
    began: datetime | None = None
    ended: datetime | None = None


class Fall(Payload):
    """Why a run is a fallback: of which execution, for what reason, and what that one had done by then."""

    execution_id: str
    workflow_id: str
    pipeline: str
    reason: str
    done: dict[str, JsonValue] = {}


class RunOptions(Payload):
    """Travels in the memo under `run`. Absent means these defaults.

    `key` is the idempotency key; `nonce` tells the start that made the execution from others with its key.
    `redrive` is, by the name of a step, what is done of a stream of which other chunks have failed.
    `origin` is the first execution of a line of retries: what a step passes on as its own key hangs on it.
    `stream`: the data is taken in in chunks, and worked on so.
    `hold`: which steps that failed for good wait for a person: all (True), none (False), those declared so (None).
    """

    user: str = ""
    trigger: str = "unknown"
    source: str = ""
    input_hash: str = ""
    key: str = ""
    nonce: str = ""
    faults: dict[str, FaultKind] = {}
    deadline_seconds: float | None = Field(default=None, gt=0, le=TEN_YEARS)
    hold: bool | None = None
    no_cache: bool = False
    refresh: tuple[str, ...] = ()
    rehearsal: bool = False
    stream: bool = False
    retry_of: str = ""
    rerun_of: str = ""
    origin: str = ""
    takeover: tuple[Taken, ...] = ()
    redrive: dict[str, Redriven] = {}
    fall: Fall | None = None


class Opening(Payload):
    """What is known of an execution when its first step starts; `input` is left out where it is large."""

    execution_id: str
    pipeline: str
    started_at: datetime
    input: Any = None


class Header(Payload):
    """What the activities of a run are told beside their input; the first of them opens the record.

    `version` is that of the step as the worker declared it: history tells it when the run is carried on.
    """

    options: RunOptions = RunOptions()
    version: int = 1
    opening: Opening | None = None
