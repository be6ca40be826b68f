"""Starting a test's pipeline and reading how it ended."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from fiberwise.contracts.execution import Entry, PipelineResult, Progress
from fiberwise.contracts.options import FaultKind, RunOptions
from fiberwise.runtime.settings import Settings

Result = PipelineResult[Any, Any]


async def begin(
    client: Client,
    settings: Settings,
    pipeline: str,
    request: object,
    faults: dict[str, FaultKind] | None = None,
    *,
    task_timeout: timedelta | None = None,
    **options: Any,
) -> WorkflowHandle[Any, Result]:
    return await client.start_workflow(
        pipeline,
        request,
        id=f"{pipeline}/{uuid4()}",
        task_queue=settings.task_queue,
        result_type=Result,
        task_timeout=task_timeout,
        memo={"run": RunOptions(user="tester", trigger="test", faults=faults or {}, **options)},
    )


async def ended(handle: WorkflowHandle[Any, Result]) -> Result:
    """The result of a run, also of a failed one, whose error carries it."""
    try:
        return await handle.result()
    except WorkflowFailureError as error:
        if isinstance(error.cause, ApplicationError) and error.cause.details:
            return Result.model_validate(error.cause.details[0])
        raise


async def waits(handle: WorkflowHandle[Any, Any], phase: str) -> Progress:
    """Where a run stands, once it has come to this phase. Raises TimeoutError."""
    async with asyncio.timeout(10):
        while (progress := await handle.query("progress", result_type=Progress)).phase != phase:  # noqa: ASYNC110 - only a query tells
            await asyncio.sleep(0.05)
    return progress


async def under_way(handle: WorkflowHandle[Any, Any], step: str = "") -> None:
    """Returns once a worker does this step of the run, or any. Raises TimeoutError."""
    async with asyncio.timeout(10):
        while not any(  # noqa: ASYNC110 - as in `waits`
            one.state == PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
            and one.activity_id.startswith(step)
            for one in (await handle.describe()).raw_description.pending_activities
        ):
            await asyncio.sleep(0.05)


async def fallen_to(handle: WorkflowHandle[Any, Any]) -> str:
    """The workflow id of the fallback, once there is one. Raises TimeoutError."""
    async with asyncio.timeout(10):
        while not (children := (await handle.describe()).raw_description.pending_children):  # noqa: ASYNC110 - as in `waits`
            await asyncio.sleep(0.05)
    return children[0].workflow_id


async def refused(handle: WorkflowHandle[Any, Any], update: str, asked: object) -> str:
    """The reason for which a control is refused."""
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await handle.execute_update(update, asked)
    assert isinstance(caught.value.cause, ApplicationError)
    return caught.value.cause.message


def told(log: list[Entry], step: str) -> list[tuple[int, str]]:
    """(attempt, status) of each entry of a step."""
    return [(entry.attempt, entry.status) for entry in log if entry.step == step]
