"""What a person may ask of a run, and what the run then remembers: who, when, and why."""

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from fiberwise.contracts.attempt import Failure
from fiberwise.contracts.payload import Asked, Payload

ControlKind = Literal["pause", "resume", "approve", "reject", "repair", "retry_now"]
Action = Literal["retry", "edit", "give", "skip", "fall_back"]


class Control(Asked):
    """Pauses or resumes a run. The same `request_id` twice is one request."""

    by: str = Field(min_length=1, max_length=200, description="who asks")
    reason: str = Field(default="", max_length=2000, description="why")
    request_id: str = Field(default="", max_length=200)


class Decision(Control):
    """Approves or rejects a step that waits for a person. `input` mends the step's input by its fields."""

    step: str = Field(default="", description="which step; empty: the one that waits")
    call: int = Field(default=0, description="which call of it; 0: the one that waits")
    input: dict[str, JsonValue] | None = Field(
        default=None, description="fields of the step's input to change"
    )


class Repair(Decision):
    """Mends a step that has used up its attempts: `input` belongs to `edit`, `result` to `give`."""

    action: Action
    result: JsonValue = Field(default=None, description="the step's result, given by hand")


class Noted(Payload):
    """A control that took effect."""

    kind: ControlKind
    by: str
    at: datetime
    reason: str = ""
    step: str = ""
    call: int = 0
    action: Action | None = None
    request_id: str = ""


SILENCE = {
    "fail": "the run fails",
    "degrade": "the run goes on without it, degraded",
    "fall_back": "the fallback pipeline does the work",
    "approve": "it begins",
    "reject": "it does not begin",
}


class Waiting(Payload):
    """A step that waits for a person: since when, until when, what silence means, and what may be done.

    `failures` are the errors of all its attempts, `input` is its whole input.
    """

    kind: Literal["needs_repair", "waiting_approval"]
    step: str
    call: int
    since: datetime
    until: datetime | None = None
    silence: str = ""
    who: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    input: JsonValue = None
    failures: list[Failure] = []

    @property
    def without_answer(self) -> str:
        """What happens if nobody answers, as a clause."""
        return SILENCE.get(self.silence, self.silence)

    @property
    def asks(self) -> str:
        """What is asked of a person, and what happens if none answers, in one line."""
        until = f"; at {self.until:%Y-%m-%d %H:%M} UTC {self.without_answer}" if self.until else ""
        if self.kind == "waiting_approval":
            return f"waits for {' or '.join(self.who) or 'anyone'} to approve{until}"
        return f"needs repair: {self.failures[-1].message if self.failures else 'it failed'}{until}"


class Acted(Payload):
    """What came of a control. `noted` is how the run took it down; terminate and cancel stand in history themselves.

    `attempts` are the activities that were paused, let go on or tried at once, `<step>#<call>.<round>` each.
    `recorded`: whether the record of a terminated run is closed; else the reconciler does it within ten minutes.
    """

    kind: ControlKind | Literal["terminate", "cancel"]
    workflow_id: str
    noted: Noted | None = None
    attempts: list[str] = []
    recorded: bool | None = None
