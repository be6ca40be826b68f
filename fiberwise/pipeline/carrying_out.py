"""The one place where an activity of a step is started: its own, what stands in for it, or what undoes it."""

import asyncio
from datetime import timedelta
from typing import Any, Literal

from temporalio import workflow
from temporalio.exceptions import ActivityError

from fiberwise.contracts.activity_id import ActivityId
from fiberwise.contracts.attempt import Envelope
from fiberwise.pipeline.failure import StepFailed, failure_of, trail_of, was_cancelled
from fiberwise.pipeline.log import Call
from fiberwise.pipeline.policies import Tried
from fiberwise.pipeline.state import RunState

# A running activity stops the skipping clock: a rehearsal does not wait a real half hour for a step that hangs. One
# second would be too little where a busy machine plays four steps at once: the body has half a second less.
REHEARSED = timedelta(seconds=2)


async def carry_out(
    run: RunState,
    step: Tried,
    call: Call,
    envelope: type[Any],
    role: Literal["", "instead", "undo", "cut"] = "",
) -> Any:
    """The value of an activity, its attempts logged; `envelope` is the type in which it travels.

    Raises StepFailed, and CancelledError in a run that is ending.
    """
    activity = _started(run, step, call, envelope, role)
    cut_off = await _settled(activity)
    try:
        result = activity.result()
    except ActivityError as error:
        failure = failure_of(error, call.step)
        run.log.failed(call, trail_of(error), failure)
        # First, whatever the error says: who is cancelled must not hold or go on as degraded. Undoing comes after.
        if was_cancelled(error) or ((cut_off or run.is_ending()) and role != "undo"):
            raise asyncio.CancelledError from error
        raise StepFailed(failure) from error
    run.log.completed(call, result.trail, result.value, stands_in=role == "instead")
    return result.value


def _started(
    run: RunState, step: Tried, call: Call, envelope: type[Any], role: str
) -> workflow.ActivityHandle[Envelope[Any]]:
    """Its id says step, call and round: the Web UI and the raw calls that pause and resume show it."""
    return workflow.start_activity(
        call.activity,
        call.input,
        activity_id=str(ActivityId(step.name, call.number, role or str(call.round))),
        result_type=envelope,
        summary=call.input.about or None,
        retry_policy=step.retry,
        start_to_close_timeout=_rehearsed(run, step.timeout),
        schedule_to_close_timeout=step.total,
        heartbeat_timeout=_rehearsed(run, step.heartbeat),
        cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )


async def _settled(activity: workflow.ActivityHandle[Any]) -> bool:
    """Waits for its end; whether a cancel came meanwhile, which is handed on to it: what was done by then counts.

    One turn of the loop later, since the SDK drops a result that comes in the workflow task of the cancel.
    """
    cut_off = False
    while not activity.done():
        try:
            await workflow.wait([activity])
        except asyncio.CancelledError:
            cut_off = True
            asyncio.get_running_loop().call_soon(activity.cancel)
    return cut_off


def _rehearsed(run: RunState, limit: timedelta) -> timedelta:
    return min(limit, REHEARSED) if run.options.rehearsal else limit
