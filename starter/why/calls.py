"""The attempts of a run, by calls of steps: those of the log, and those that only the server can see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fiberwise.contracts.attempt import STEP_CANCELLED, Attempt, Failure
from fiberwise.contracts.execution import Entry
from fiberwise.contracts.view import PendingStep
from fiberwise.contracts.why import Try, TryStatus
from fiberwise.pipeline.log import LOST

UNDER_WAY: tuple[TryStatus, ...] = ("running", "backing_off", "scheduled", "paused")


@dataclass(frozen=True)
class Call:
    """All attempts of one call of a step, oldest first."""

    step: str
    number: int
    tries: tuple[Try, ...]

    @property
    def last(self) -> Try:
        return self.tries[-1]

    @property
    def goes_on(self) -> bool:
        return self.last.status in UNDER_WAY

    @property
    def failures(self) -> list[tuple[Try, Failure]]:
        """Attempts that went wrong by themselves: one that was cancelled with its run did not."""
        return [(one, one.error) for one in self.tries if one.error and one.error.type != STEP_CANCELLED]

    @property
    def failed_at(self) -> datetime | None:
        """When it first went wrong."""
        times = [one.ended_at or one.started_at for one, _ in self.failures]
        return min(filter(None, times), default=None)


def calls_of(log: Iterable[Entry], pending: Iterable[PendingStep] = ()) -> list[Call]:
    """In the order in which they come in the log; those that go on stand last."""
    found: dict[tuple[str, int], list[Try]] = {}
    for entry in log:
        found.setdefault((entry.step, entry.call), []).append(_ended(entry))
    for one in pending:
        tries = found.setdefault((one.step, one.call), [])
        tries += _going_on(one, done=tries[-1].attempt if tries else 0)
    return [Call(step, number, tuple(tries)) for (step, number), tries in found.items()]


def _ended(entry: Entry) -> Try:
    waited = entry.waited_ms if entry.started_at else None
    return Try(
        attempt=entry.attempt,
        status=entry.status,
        due_at=entry.started_at - timedelta(milliseconds=waited)
        if entry.started_at and waited is not None
        else None,
        started_at=entry.started_at,
        ended_at=entry.completed_at,
        error=entry.error,
        note=entry.note,
    )


def _going_on(pending: PendingStep, done: int) -> list[Try]:
    """The attempts that only heartbeats tell of, then the one under way. `done` ended in rounds before this one."""
    current = pending.trail.base + pending.attempt
    runs = pending.state == "running"
    known = next((one for one in pending.trail.attempts if one.n == current and not one.ended), None)
    now = Try(
        attempt=done + current,
        status=pending.state,
        due_at=known.scheduled if known else (None if runs else pending.since),
        started_at=pending.since if runs else None,
    )
    return [*_before(pending, current, done), now]


def _before(pending: PendingStep, current: int, done: int) -> Sequence[Try]:
    known = {one.n: one for one in pending.trail.attempts}
    numbers = [n for n in known if n < current] if pending.trail.omitted else range(1, current)
    last = pending.last_failure or LOST.message
    return [
        _tried(known[n], done)
        if n in known
        # The server itself knows how the last one ended, and of none before it.
        else _lost(done + n, LOST.model_copy(update={"message": last}) if n == current - 1 else LOST)
        for n in numbers
    ]


def _tried(attempt: Attempt, done: int) -> Try:
    if attempt.ended is None:
        return _lost(done + attempt.n, LOST, attempt)
    return Try(
        attempt=done + attempt.n,
        status="failed",
        due_at=attempt.scheduled,
        started_at=attempt.started,
        ended_at=attempt.ended,
        error=attempt.error,
    )


def _lost(number: int, error: Failure, attempt: Attempt | None = None) -> Try:
    due_at, started_at = (attempt.scheduled, attempt.started) if attempt else (None, None)
    return Try(attempt=number, status="lost", due_at=due_at, started_at=started_at, error=error)
