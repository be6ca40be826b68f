"""Where today's code parts from a history, in the words of the pipeline."""

from collections.abc import Collection, Iterable, Sequence
from itertools import zip_longest
from typing import NamedTuple

from temporalio.api.history.v1 import HistoryEvent

from fiberwise.changing.commands import Command, command_in
from fiberwise.contracts.activity_id import ActivityId
from fiberwise.contracts.record import RECORD

PHASE = "Phase"  # a run says so when it begins to wait for a person, and when it does so no more


HOWS = ("completed", "failed", "timed_out", "canceled")
ENDS = {
    **{f"activity_task_{how}_event_attributes": "scheduled_event_id" for how in HOWS},
    **{f"child_workflow_execution_{how}_event_attributes": "initiated_event_id" for how in HOWS},
}
"""Of events that end something the field that says which event began it."""


class Divergence(NamedTuple):
    """`text` is what changed; `passed`: the execution has done by now what the change is at; `patch`: what to guard."""

    text: str
    passed: bool
    patch: str = ""


class Sides(NamedTuple):
    """What history holds, and what today's code gives; `known` are the steps of other histories of the pipeline."""

    recorded: Sequence[Command]
    given: Sequence[Command]
    declared: Collection[str]
    known: Collection[str]


def divergence(sides: Sides, failure: str, ended: Collection[str]) -> Divergence:
    """`failure` is what the replay said, for what no command tells; `ended`: ids of activities that did."""
    for place, (then, now) in enumerate(zip_longest(sides.recorded, sides.given)):
        if then is None:
            break
        if then != now:
            passed = then.id in ended if then.id else len(sides.recorded) > place + 1
            if now is None and "ondeterminism" not in failure:
                return Divergence(_stopped(sides, failure), passed)
            return Divergence(_told(sides, then, now), passed, _patch(then, now))
    return Divergence(_stopped(sides, failure), bool(sides.recorded))


def ended_in(events: Iterable[HistoryEvent]) -> set[str]:
    """The ids of the activities, and of the children that do a step in chunks, that have come to an end."""
    begun: dict[int, str] = {}
    found: set[str] = set()
    for event in events:
        if command := command_in(event):
            begun[event.event_id] = command.id
        kind = event.WhichOneof("attributes") or ""
        if kind in ENDS:
            found.add(begun.get(getattr(getattr(event, kind), ENDS[kind]), ""))
    return found


def _told(sides: Sides, then: Command, now: Command | None) -> str:
    if now is None:
        return f"{_name(then)} is gone"
    if then.id and now.id:
        return _between_steps(sides, then, now)
    if _is_end(now):
        return f"the run ends before {_name(then)}"
    if _is_end(then) or then.id:
        return f"{_name(now)} is new before {_name(then)}"
    if now.id:
        return f"{_name(then)} is gone before {_name(now)}"
    return f"{_name(now)} stands where {_name(then)} did"


def _between_steps(sides: Sides, then: Command, now: Command) -> str:
    if then.kind != now.kind and then.id == now.id:
        return f"{_name(then)} works {'in chunks' if now.kind == 'child' else 'on the whole'} now"
    if then.id == now.id:
        return f"{_name(then)} calls `{now.name}`, no longer `{then.name}`"
    if then.step.partition(".")[0] not in sides.declared:  # `ingest.cut` is a part of `ingest`
        renamed = then.name == now.name and now.step not in sides.known
        return (
            f"{_name(then)} is called {_short(now)} now"
            if renamed
            else f"{_name(then)} is gone before {_short(now)}"
        )
    if then.step == now.step:
        return f"{_name(now)} stands where {_name(then)} did"
    moved = now.step in sides.known
    return (
        f"{_name(now)} comes before {_short(then)} now"
        if moved
        else f"{_name(now)} is new before {_short(then)}"
    )


def _stopped(sides: Sides, failure: str) -> str:
    last = next((one for one in reversed(sides.given) if one.id), None)
    return (
        f"the code fails after {_name(last)}: {failure}"
        if last
        else f"the code fails at its start: {failure}"
    )


def _patch(then: Command, now: Command | None) -> str:
    """What a patch would be called: the step that is new, else the one that is no longer there."""
    return (now.step if now else "") or then.step


def _is_end(command: Command) -> bool:
    return command.kind == "end" or (command.kind == "local activity" and command.name == RECORD)


def _name(command: Command) -> str:
    if command.id:
        return f"step {_short(command)}" if ActivityId.read(command.id).is_round else _short(command)
    if _is_end(command):
        return "the end"
    if command.kind == "search attributes" and command.name == PHASE:
        return "a wait for a person"
    return {"timer": "a timer", "child": f"the pipeline `{command.name}`"}.get(command.kind, f"{command}")


def _short(command: Command) -> str:
    """A step by its name; a later call or round of it by that too."""
    if not command.id:
        return _name(command)
    found = ActivityId.read(command.id)
    call = f", call {found.call}" if found.call > 1 else ""
    if not found.is_round:
        return f"{ROLES.get(found.role, found.role)} `{found.step}`{call}"
    return f"`{found.step}`{call}" + (f", round {found.role}" if found.role != "1" else "")


ROLES = {"instead": "what stands in for", "undo": "the undoing of"}
