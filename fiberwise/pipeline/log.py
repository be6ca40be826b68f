"""The execution log: one entry per attempt, appended when it ends, made from what history holds alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fiberwise.contracts.attempt import Attempt, Failure, Trail
from fiberwise.contracts.execution import Entry, EntryStatus, Summary
from fiberwise.contracts.payload import Asked, Payload
from fiberwise.pipeline.summary import summarise

LOST = Failure(
    type="AttemptLost", message="the worker was killed or fell silent", hint="see the worker's log"
)


@dataclass(frozen=True)
class Call:
    """One call of a step: the `number`-th in this run."""

    step: str
    activity: str
    number: int
    input: Payload | Asked


class ExecutionLog:
    """Entries in the order in which attempts ended; those of one call come together when the call ends."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def completed(self, call: Call, trail: Trail, value: Any) -> None:
        self._add(call, trail, summarise(value))

    def failed(self, call: Call, trail: Trail, failure: Failure) -> None:
        """A call that no worker ever reported on still leaves one entry that says why."""
        if trail.attempts:
            self._add(call, trail)
        else:
            self._append(call, 1, "failed", error=failure)

    def _add(self, call: Call, trail: Trail, output: Summary | None = None) -> None:
        for attempt in _with_lost(trail):
            done = output is not None and attempt is trail.attempts[-1] and attempt.error is None
            status: EntryStatus = "completed" if done else ("failed" if attempt.ended else "lost")
            self._append(call, attempt.n, status, attempt, output if done else None)

    def _append(
        self,
        call: Call,
        number: int,
        status: EntryStatus,
        attempt: Attempt | None = None,
        output: Summary | None = None,
        error: Failure | None = None,
    ) -> None:
        measured = _measured(attempt) if attempt else {}
        known = error or (attempt.error if attempt else None) or (LOST if status == "lost" else None)
        entry = Entry(
            seq=len(self.entries) + 1,
            step=call.step,
            call=call.number,
            activity=call.activity,
            attempt=number,
            status=status,
            input=summarise(call.input),
            output=output,
            error=known,
            **measured,
        )
        self.entries.append(entry)


def _measured(attempt: Attempt) -> dict[str, Any]:
    found: dict[str, Any] = {
        "started_at": attempt.started,
        "completed_at": attempt.ended,
        "metrics": attempt.metrics,
    }
    if attempt.started and attempt.ended:
        found["duration_ms"] = round((attempt.ended - attempt.started).total_seconds() * 1000, 3)
    return found


def _with_lost(trail: Trail) -> Iterator[Attempt]:
    """A missing number is an attempt whose worker died before it said anything (unless it was left out for size)."""
    expected = trail.base + 1
    for attempt in trail.attempts:
        if not trail.omitted:
            for number in range(expected, attempt.n):
                yield Attempt(n=number)
        expected = attempt.n + 1
        yield attempt
