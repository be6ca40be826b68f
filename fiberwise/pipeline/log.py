"""The execution log: one entry per attempt, appended when it ends, made from what history holds alone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fiberwise.contracts.attempt import Attempt, Failure, Trail
from fiberwise.contracts.canonical import input_hash
from fiberwise.contracts.execution import Entry, EntryStatus, Summary
from fiberwise.contracts.payload import Asked, Payload
from fiberwise.pipeline.summary import summarise

LOST = Failure(
    type="AttemptLost", message="the worker was killed or fell silent", hint="see the worker's log"
)


@dataclass(frozen=True)
class Call:
    """One call of a step: the `number`-th in this run. A repair begins another `round` of attempts.

    `base` attempts were made in earlier rounds; `note` says what a person or a stand-in has to do with this one.
    """

    step: str
    activity: str
    number: int
    input: Payload | Asked
    input_hash: str = ""
    round: int = 1
    base: int = 0
    note: str = ""

    def with_input(self, changes: Mapping[str, Any]) -> "Call":
        """The call with some fields of its input changed. Raises ValidationError."""
        if not changes:
            return self
        value = type(self.input).model_validate({**self.input.model_dump(mode="json"), **changes})
        return replace(self, input=value, input_hash=input_hash(value))


class ExecutionLog:
    """Entries in the order in which attempts ended; those of one call come together when the call ends."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def completed(self, call: Call, trail: Trail, value: Any, *, stands_in: bool = False) -> None:
        self._add(call, trail, summarise(value), "substituted" if stands_in else "completed")

    def failed(self, call: Call, trail: Trail, failure: Failure) -> None:
        """A call that no worker ever reported on still leaves one entry that says why."""
        if trail.attempts:
            self._add(call, trail)
        else:
            self._append(call, 1, "failed", error=failure)

    def without_attempt(self, call: Call, status: EntryStatus, value: Any = None) -> None:
        """A call that ended by a result taken over, by a person's word, or by a stand-in; `call.note` says which."""
        self._append(call, 1, status, output=None if value is None else summarise(value))

    def append(self, entries: Iterable[Entry]) -> None:
        """Those of another run, whose work this one delivers."""
        for entry in entries:
            self.entries.append(entry.model_copy(update={"seq": len(self.entries) + 1}))

    def another_round(self, call: Call, note: str) -> Call:
        """The same call, to be tried again: its attempts count on."""
        done = [
            entry.attempt for entry in self.entries if (entry.step, entry.call) == (call.step, call.number)
        ]
        return replace(call, round=call.round + 1, base=max(done, default=0), note=note)

    def failures(self, call: Call) -> list[Failure]:
        """The errors of all attempts of a call."""
        return [
            entry.error
            for entry in self.entries
            if entry.error and (entry.step, entry.call) == (call.step, call.number)
        ]

    def _add(
        self, call: Call, trail: Trail, output: Summary | None = None, as_done: EntryStatus = "completed"
    ) -> None:
        for attempt in _with_lost(trail):
            done = output is not None and attempt is trail.attempts[-1] and attempt.error is None
            status = _status(attempt, as_done) if done else ("failed" if attempt.ended else "lost")
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
            attempt=call.base + number,
            status=status,
            input=summarise(call.input),
            input_hash=call.input_hash,
            output=output,
            error=known,
            note=call.note,
            **measured,
        )
        self.entries.append(entry)


def _status(attempt: Attempt, otherwise: EntryStatus) -> EntryStatus:
    return "cached" if attempt.from_cache else otherwise


def _measured(attempt: Attempt) -> dict[str, Any]:
    return {
        "started_at": attempt.started,
        "completed_at": attempt.ended,
        "duration_ms": _between(attempt.started, attempt.ended),
        "waited_ms": _between(attempt.scheduled, attempt.started),
        "metrics": attempt.metrics,
        "cache": attempt.cache or "",
    }


def _between(begin: datetime | None, end: datetime | None) -> float | None:
    """In ms; never less than nothing, since server and worker may differ in what time it is."""
    if begin is None or end is None:
        return None
    return max(0.0, round((end - begin).total_seconds() * 1000, 3))


def _with_lost(trail: Trail) -> Iterator[Attempt]:
    """A missing number is an attempt whose worker died before it said anything (unless it was left out for size)."""
    expected = trail.base + 1
    for attempt in trail.attempts:
        if not trail.omitted:
            for number in range(expected, attempt.n):
                yield Attempt(n=number)
        expected = attempt.n + 1
        yield attempt
