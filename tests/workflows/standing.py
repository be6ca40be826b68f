"""What must hold of every run that has ended, whatever came to it and in whichever order."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from temporalio.api.enums.v1 import EventType as E
from temporalio.client import WorkflowExecutionStatus as Status
from temporalio.client import WorkflowHandle, WorkflowHistory

from fiberwise.contracts.controls import Noted
from fiberwise.contracts.execution import Entry
from fiberwise.pipeline.results import Result
from fiberwise.store.queries import find_execution
from tests.workflows.stage import Stage

GOOD = ("completed", "cached", "substituted")
ENDS = {
    "full": Status.COMPLETED,
    "degraded": Status.COMPLETED,
    "fallback": Status.COMPLETED,
    "cancelled": Status.CANCELED,
    "failed": Status.FAILED,
    "timed_out": Status.FAILED,
}
UNDOABLE = ("first", "left", "last")


@dataclass(frozen=True)
class Moment:
    """An event of a history: which activity or update it tells of, by the activity's id or the update's request."""

    kind: Any
    name: str = ""
    request_id: str = ""


def moments(history: WorkflowHistory) -> list[Moment]:
    return list(_moments(history))


def _moments(history: WorkflowHistory) -> Iterator[Moment]:
    ids: dict[int, str] = {}
    for event in history.events:
        told: Any = getattr(event, event.WhichOneof("attributes") or "")
        if event.event_type == E.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            ids[event.event_id] = told.activity_id
            yield Moment(event.event_type, told.activity_id)
        elif event.event_type == E.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
            yield Moment(event.event_type, ids[told.scheduled_event_id])
        elif event.event_type == E.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
            asked = told.accepted_request.input
            sent = json.loads(asked.args.payloads[0].data)
            yield Moment(event.event_type, asked.name, sent["request_id"])
        else:
            yield Moment(event.event_type)


async def check(
    stage: Stage,
    handle: WorkflowHandle[Any, Result],
    result: Result,
    answers: list[Noted | str],
    *,
    deadline: bool,
    cancelled_in_time: bool,
) -> None:
    """A run that has ended, what each update was answered, and what was kept of it.

    `cancelled_in_time`: a cancel was sent before anyone had seen the end, which is recorded when it can be seen.
    """
    history, described = await handle.fetch_history(), await handle.describe()
    told = moments(history)
    assert all(answers), "refused without a reason"
    check_controls(result, [one for one in answers if isinstance(one, Noted)])
    check_log(result.execution_log)
    if cancelled_in_time:
        check_cancel(result, told)
    check_outcome(result, described.status, told, deadline=deadline)
    check_undone(result, told)
    check_pauses(told)
    kept = await stage.recorder.ask(partial(find_execution, execution_id=result.execution_id))
    assert kept is not None
    assert kept.outcome == result.outcome
    await stage.replay(history)


def check_controls(result: Result, accepted: list[Noted]) -> None:
    """What was accepted stands once, however often it was asked for; what was refused stands nowhere."""
    wanted = {one.request_id: one for one in accepted}
    assert Counter(one.request_id for one in result.controls) == Counter(wanted.keys())
    assert all(wanted[one.request_id] == one for one in result.controls)


def check_log(log: list[Entry]) -> None:
    """Without holes; no step that ended well is done again, and no attempt has another's number."""
    assert [entry.seq for entry in log] == list(range(1, len(log) + 1))
    attempts = Counter((entry.step, entry.call, entry.attempt) for entry in log)
    assert attempts.most_common(1)[0][1] == 1 if attempts else True
    good = Counter((entry.step, entry.call) for entry in log if entry.status in GOOD)
    assert not [call for call, times in good.items() if times > 1]


def check_cancel(result: Result, told: list[Moment]) -> None:
    """One that reached the run wins over all that is good."""
    if Moment(E.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED) in told:
        assert result.outcome in ("cancelled", "failed", "timed_out")


def check_outcome(result: Result, status: Status | None, told: list[Moment], *, deadline: bool) -> None:
    """Nothing is cancelled or late by itself, and Temporal says the same as the run."""
    cancelled = Moment(E.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED) in told
    assert ENDS[result.outcome] == status
    assert result.outcome != "cancelled" or cancelled
    assert result.outcome != "timed_out" or deadline
    if result.outcome == "failed":  # by a step or a person, before the cancel came
        assert result.failure is not None
        assert result.failure.step
    assert (result.outcome == "full") == (not result.reasons)


def check_undone(result: Result, told: list[Moment]) -> None:
    """A run that did not end well has undone all that it did, the last first, each once."""
    own = [entry for entry in result.execution_log if entry.step != "spare"]
    done = [entry.step for entry in own if entry.step in UNDOABLE and entry.status in GOOD]
    undone = [entry.step for entry in own if entry.step.endswith(".undo")]
    ended_well = result.outcome in ("full", "degraded")
    assert undone == ([] if ended_well else [f"{step}.undo" for step in reversed(done)])
    completed = [one.name for one in told if one.kind == E.EVENT_TYPE_ACTIVITY_TASK_COMPLETED]
    assert {name.partition("#")[0] for name in completed} <= {
        entry.step.partition(".")[0] for entry in own if entry.status in GOOD
    }
    assert sorted(undone) == sorted(
        f"{name.partition('#')[0]}.undo" for name in completed if name.endswith(".undo")
    )


def check_pauses(told: list[Moment]) -> None:
    """Between a pause and the next resume nothing begins but undoing."""
    paused, known = False, set[str]()
    for one in told:
        if one.kind == E.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
            if one.request_id not in known and one.name in ("pause", "resume"):
                paused = one.name == "pause"
            known.add(one.request_id)
        elif one.kind == E.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            assert not paused or one.name.endswith(".undo"), one.name
        elif one.kind == E.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
            assert not paused
