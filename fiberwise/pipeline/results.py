"""The result of an ended execution, whichever way it ended: for clients and for the reconciler."""

import asyncio
import re
from typing import Any

from pydantic import ValidationError
from temporalio.client import (
    WorkflowExecutionDescription,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowHistoryEventFilterType,
    WorkflowQueryFailedError,
)
from temporalio.exceptions import ApplicationError, CancelledError, TerminatedError
from temporalio.exceptions import TimeoutError as RunTimedOut
from temporalio.service import RPCError

from fiberwise.contracts.attempt import Failure
from fiberwise.contracts.execution import Metadata, Outcome, PipelineResult
from fiberwise.contracts.identity import execution_id_of
from fiberwise.contracts.options import RunOptions
from fiberwise.pipeline.failure import result_in

Result = PipelineResult[Any, Any]
QUERY_SECONDS = 5


async def result_of(handle: WorkflowHandle[Any, Any]) -> Result:
    """Waits for the end. A run that failed, or was cancelled or terminated, has a result too: none is raised."""
    try:
        return Result.model_validate(await handle.result())
    except WorkflowFailureError as failure:
        cause = failure.cause
        carried = result_in(cause) if isinstance(cause, ApplicationError) else None
        if (told := carried or await _story(handle)) and told.failure:
            return told
        described = await handle.describe()
        known = _closed(told or await _from_description(handle.id, described), described)
        return _cut_short(known, cause, await _reason(handle, cause))


def _closed(known: Result, described: WorkflowExecutionDescription) -> Result:
    """A run that was cut short knows when it last did something, and only the server when it ended."""
    times = {"completed_at": described.close_time}
    return known.model_copy(update={"metadata": known.metadata.model_copy(update=times)})


def _cut_short(known: Result, cause: BaseException | None, reason: str) -> Result:
    """A run that Temporal ended, not its own code, so that it could not say why."""
    own = cause.type if isinstance(cause, ApplicationError) else None
    failure = Failure(type=own or type(cause).__name__, message=reason, retryable=False)
    changes = {"status": "failed", "outcome": _outcome(cause), "failure": failure}
    return known.model_copy(update={**changes, "reasons": [*known.reasons, failure.message]})


def _outcome(cause: BaseException | None) -> Outcome:
    if isinstance(cause, CancelledError):
        return "cancelled"
    return "timed_out" if isinstance(cause, RunTimedOut) else "failed"


async def _reason(handle: WorkflowHandle[Any, Any], cause: BaseException | None) -> str:
    if isinstance(cause, TerminatedError):
        closing = WorkflowHistoryEventFilterType.CLOSE_EVENT
        async for event in handle.fetch_history_events(event_filter_type=closing):
            given = event.workflow_execution_terminated_event_attributes.reason
            return f"the run was terminated: {given or 'no reason given'}"
    if isinstance(cause, CancelledError):
        return "the run was cancelled"
    return _in_one_line(cause.message if isinstance(cause, ApplicationError) else str(cause))


def _in_one_line(text: str) -> str:
    """A model's refusal, which pydantic spreads over three lines a field, as `path`: message."""
    text = re.sub(r" \[type=.*\]$|\n +For further information visit .*", "", text, flags=re.MULTILINE)
    return " ".join(re.sub(r"\n(\S+)\n  ", r"; `\1`: ", text).split())


async def _story(handle: WorkflowHandle[Any, Any]) -> Result | None:
    """What the workflow itself tells, log included; None when no worker is there to ask."""
    try:
        async with asyncio.timeout(QUERY_SECONDS):
            return await handle.query("story", result_type=Result)
    except (TimeoutError, WorkflowQueryFailedError, RPCError):
        return None


async def options_of(found: WorkflowExecutionDescription) -> RunOptions:
    """How an execution was to run; the defaults for one whose memo cannot be read, which failed for that reason."""
    try:
        return await found.memo_value("run", default=RunOptions(), type_hint=RunOptions)
    except ValidationError:
        return RunOptions()


async def _from_description(workflow_id: str, found: WorkflowExecutionDescription) -> Result:
    options = await options_of(found)
    return Result(
        execution_id=execution_id_of(workflow_id),
        pipeline=found.workflow_type,
        status="failed",
        outcome="failed",
        results=None,
        analysis=None,
        metadata=Metadata(
            started_at=found.start_time,
            run_ids=[found.run_id],
            user=options.user,
            trigger=options.trigger,
            source=options.source,
            input_hash=options.input_hash,
            key=options.key,
        ),
    )
