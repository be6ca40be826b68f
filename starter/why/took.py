"""Why a run took so long: what its critical path was spent on."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from fiberwise.contracts.why import Leg, Spent, Took, Try
from starter.why.calls import Call
from starter.why.facts import Facts
from starter.why.path import critical_path, timed
from starter.why.persons import waits_for_persons

Kind = Literal["queue", "backoff", "person", "lost", "run", "other"]
MS = timedelta(milliseconds=1)


class Piece(NamedTuple):
    """A stretch of the path, spent on one thing."""

    kind: Kind
    begin: datetime
    end: datetime


def took(facts: Facts, calls: Sequence[Call]) -> Took:
    """The whole time from start to end, or to now, each ms of it once."""
    persons = waits_for_persons(facts, calls)
    legs: list[Leg] = []
    cursor, between = facts.seen.started_at, "other"
    for call in critical_path([one for one in calls if timed(one)], facts.end):
        pieces = list(_pieces(call, cursor, facts.end, between))
        legs.append(Leg(step=call.step, call=call.number, **_sums(pieces, persons)))
        cursor, between = pieces[-1].end if pieces else cursor, _after(call.last, "other")
    end = max(cursor, facts.end)
    rest = Spent(**_sums([Piece(between, cursor, end)], persons))
    total = (end - facts.seen.started_at) / MS
    return Took(total_ms=round(total, 3), path=legs, **_added([*legs, rest]))


def _pieces(call: Call, cursor: datetime, end: datetime, between: Kind) -> Iterator[Piece]:
    """What a call's time was spent on, from the end of the one before it, without a gap."""
    for one in call.tries:
        for kind, until in _of_try(one, between, end):
            if until and min(until, end) > cursor:
                yield Piece(kind, cursor, min(until, end))
                cursor = min(until, end)
        between = _after(one, "backoff")


def _after(one: Try, otherwise: Kind) -> Kind:
    """What the time after an attempt goes to: that its worker has died is noticed only then."""
    return "lost" if one.status == "lost" else otherwise


def _of_try(one: Try, between: Kind, end: datetime) -> list[tuple[Kind, datetime | None]]:
    """What comes to its end when: the time before the attempt, its wait for a worker, its run."""
    runs = end if one.status == "running" else one.ended_at
    waits = end if one.status in ("scheduled", "paused") else one.started_at
    waited_for = "person" if one.status == "paused" else "queue"
    return [(between, one.due_at), (waited_for if one.due_at else between, waits), ("run", runs)]


def _sums(pieces: Iterable[Piece], persons: Sequence[tuple[datetime, datetime]]) -> dict[str, float]:
    """ms by field of Spent. A pause that fell into a backoff, or between two steps, is a person's."""
    found: dict[str, float] = {}
    for piece in pieces:
        whole = (piece.end - piece.begin) / MS
        theirs = _overlap(piece, persons) if piece.kind in ("backoff", "other") else 0.0
        for kind, ms in ((piece.kind, whole - theirs), ("person", theirs)):
            found[f"{kind}_ms"] = round(found.get(f"{kind}_ms", 0) + ms, 3)
    return found


def _overlap(piece: Piece, persons: Sequence[tuple[datetime, datetime]]) -> float:
    """In ms; the persons' spans do not overlap each other."""
    shared = (min(piece.end, end) - max(piece.begin, begin) for begin, end in persons)
    return sum(max(0.0, one / MS) for one in shared)


def _added(parts: Sequence[Spent]) -> dict[str, float]:
    return {name: round(sum(getattr(part, name) for part in parts), 3) for name in Spent.model_fields}
