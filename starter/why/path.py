"""The critical path by the times of the log alone: of steps side by side, those that the run waited for."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from starter.why.calls import Call

# How far the clocks of two machines may be apart before one step seems to begin while the one before it runs.
SKEW = timedelta(milliseconds=100)


def critical_path(calls: Sequence[Call], end: datetime) -> list[Call]:
    """From the first call to the one that ended last: each began when the one before it in the path had ended."""
    path: list[Call] = []
    while calls:
        path.append(max(calls, key=lambda call: ended(call, end)))
        calls = _before(path[-1], calls, end)
    return path[::-1]


def timed(call: Call) -> bool:
    """Whether any of its times is known."""
    return any(one.started_at or one.due_at for one in call.tries)


def began(call: Call) -> datetime:
    return min(time for one in call.tries for time in (one.due_at, one.started_at) if time)


def ended(call: Call, end: datetime) -> datetime:
    """Its last known end; `end` while it goes on."""
    if call.goes_on:
        return end
    return max(time for one in call.tries for time in (one.due_at, one.started_at, one.ended_at) if time)


def _before(later: Call, calls: Sequence[Call], end: datetime) -> list[Call]:
    return [call for call in calls if call != later and _precedes(call, later, end)]


def _precedes(call: Call, later: Call, end: datetime) -> bool:
    lasted = ended(call, end) - began(call)
    return ended(call, end) <= began(later) + min(SKEW, lasted / 2)
