"""How a run goes from its first step to its end: one result, or one failure that carries it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import ValidationError
from temporalio import workflow
from temporalio.exceptions import FailureError

from fiberwise.contracts.execution import PipelineResult
from fiberwise.pipeline.deadline import in_time
from fiberwise.pipeline.ending import metadata_of, record_and_mark
from fiberwise.pipeline.failure import StepFailed, ending_of, may_fall_back
from fiberwise.pipeline.falling_back import done_by, fall_back
from fiberwise.pipeline.receipts import receipt_of
from fiberwise.pipeline.shielded import shielded
from fiberwise.pipeline.state import RunState
from fiberwise.pipeline.undoing import undo_all

Result = PipelineResult[Any, Any]
ENDS = (asyncio.CancelledError, StepFailed, FailureError, ValidationError)
"""All that ends a run; any other error is a bug, which Temporal tries again until it is mended."""


async def conduct(run: RunState, execute: Callable[[], Awaitable[Result]]) -> Result:
    """The result as it is recorded, whichever way the run went. Raises nothing that ends a run."""
    result = await in_time(run, _carried_out(run, execute))
    return await shielded(_finished(run, result))


async def _carried_out(run: RunState, execute: Callable[[], Awaitable[Result]]) -> Result:
    """What failed or was cancelled is undone first; then a fallback may make good for it."""
    try:
        result = await execute()
        if not run.is_ending():  # a last step that ended well in spite of a cancel does not tell of it
            return result
        raise asyncio.CancelledError
    except ENDS as error:
        failed, hopeful = _ended(run, error), may_fall_back(error)
    run.controls.show()  # nobody is waited for any more
    await shielded(undo_all(run))
    if not hopeful or failed.failure is None:
        return failed
    try:
        return await fall_back(run, failed, failed.failure)
    except asyncio.CancelledError as error:
        return _ended(run, error)


def result_so_far(run: RunState, results: Any, analysis: Any) -> Result:
    """As if the run ended now, and well."""
    return Result(
        execution_id=run.execution_id,
        pipeline=workflow.info().workflow_type,
        status="completed",
        outcome="degraded" if run.reasons else "full",
        reasons=run.reasons,
        results=results,
        analysis=analysis,
        execution_log=run.log.entries,
        metadata=metadata_of(run.options),
        controls=run.controls.noted,
    )


def _ended(run: RunState, error: BaseException) -> Result:
    outcome, failure = ending_of(error, run.stopping, workflow.cancellation_reason() or "")
    run.reasons.append(failure.in_short)
    changes = {"status": "failed", "outcome": outcome, "failure": failure}
    return result_so_far(run, None, None).model_copy(update=changes)


async def _finished(run: RunState, result: Result) -> Result:
    changes: dict[str, Any] = {
        "metadata": metadata_of(run.options),
        "reasons": run.reasons,
        "execution_log": run.log.entries,
        "completeness": run.board.completeness,
        "receipt": receipt_of(run.log.entries),
        "controls": run.controls.noted,
        "fell_to": run.fell_to,
        "chunks": run.chunks or None,
        "partial": done_by(run) if result.results is None else {},
    }
    result = result.model_copy(update=changes)
    run.outcome, run.story = result.outcome, result
    run.controls.close()
    run.board.show(run.reasons, result.outcome)
    return await record_and_mark(result, run.request)
