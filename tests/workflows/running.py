"""Starting a test's pipeline and reading how it ended."""

from typing import Any
from uuid import uuid4

from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError

from fiberwise.contracts.execution import Entry, PipelineResult
from fiberwise.contracts.options import FaultKind, RunOptions
from fiberwise.runtime.settings import Settings

Result = PipelineResult[Any, Any]


async def begin(
    client: Client,
    settings: Settings,
    pipeline: str,
    request: object,
    faults: dict[str, FaultKind] | None = None,
) -> WorkflowHandle[Any, Result]:
    return await client.start_workflow(
        pipeline,
        request,
        id=f"{pipeline}/{uuid4()}",
        task_queue=settings.task_queue,
        result_type=Result,
        memo={"run": RunOptions(user="tester", trigger="test", faults=faults or {})},
    )


async def ended(handle: WorkflowHandle[Any, Result]) -> Result:
    """The result of a run, also of a failed one, whose error carries it."""
    try:
        return await handle.result()
    except WorkflowFailureError as error:
        if isinstance(error.cause, ApplicationError) and error.cause.details:
            return Result.model_validate(error.cause.details[0])
        raise


def told(log: list[Entry], step: str) -> list[tuple[int, str]]:
    """(attempt, status) of each entry of a step."""
    return [(entry.attempt, entry.status) for entry in log if entry.step == step]
