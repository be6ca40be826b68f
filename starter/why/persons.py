"""When a run waited for a person."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from fiberwise.contracts.controls import Noted
from starter.why.calls import Call
from starter.why.facts import Facts

Wait = tuple[datetime, datetime]


def waits_for_persons(facts: Facts, calls: Sequence[Call]) -> list[Wait]:
    """In order of time; waits that overlap are one."""
    waits = [
        *_pauses(facts),
        *_decisions(facts, calls),
        *((one.since, facts.end) for one in facts.seen.waiting),
    ]
    return _joined(sorted(waits))


def _pauses(facts: Facts) -> Iterator[Wait]:
    paused: datetime | None = None
    for one in facts.controls:
        if one.kind == "pause":
            paused = paused or one.at
        if one.kind == "resume" and paused:
            yield paused, one.at
            paused = None
    if paused:
        yield paused, facts.end


def _decisions(facts: Facts, calls: Sequence[Call]) -> Iterator[Wait]:
    """From the last thing that ended before: of the step itself where it was mended, of any where it was approved."""
    for one in facts.controls:
        if one.kind in ("repair", "approve", "reject"):
            yield max(_ends_before(one, calls), default=facts.seen.started_at), one.at


def _ends_before(decision: Noted, calls: Sequence[Call]) -> Iterator[datetime]:
    for call in calls:
        if decision.kind != "repair" or (call.step, call.number) == (decision.step, decision.call):
            yield from (one.ended_at for one in call.tries if one.ended_at and one.ended_at <= decision.at)


def _joined(waits: Sequence[Wait]) -> list[Wait]:
    joined: list[Wait] = []
    for begin, end in waits:
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined
