"""A person pauses a step that is under way, by Temporal's own call, and lets it go on."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import PauseActivityRequest, UnpauseActivityRequest
from temporalio.client import Client, WorkflowHandle

from fiberwise.runtime.settings import Settings
from tests.conftest import Serve
from tests.workflows.patient import PatientPipeline
from tests.workflows.running import begin, ended, told, under_way
from tests.workflows.scripted import Script

PIPELINES = {"patient": PatientPipeline}


async def _state(handle: WorkflowHandle[Any, Any]) -> Any:
    [pending] = (await handle.describe()).raw_description.pending_activities
    return pending


@asynccontextmanager
async def _paused(client: Client, handle: WorkflowHandle[Any, Any]) -> AsyncGenerator[None]:
    """While the block lasts `first` is paused, and no attempt of it under way."""
    which: dict[str, Any] = {
        "namespace": client.namespace,
        "execution": WorkflowExecution(workflow_id=handle.id),
        "id": "first#1.1",
        "identity": "a test",
    }
    await client.workflow_service.pause_activity(PauseActivityRequest(**which))
    async with asyncio.timeout(10):
        while (pending := await _state(handle)).attempt == 1:  # noqa: ASYNC110 - the server gives no signal
            await asyncio.sleep(0.05)
    assert pending.paused
    yield
    await client.workflow_service.unpause_activity(UnpauseActivityRequest(**which))


async def test_it_is_told_as_paused_and_done_again_where_it_goes_on(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "patient", Script(first=["hang"]))
        await under_way(handle)
        async with _paused(client, handle):
            pass
        result = await ended(handle)
    assert result.outcome == "full"
    assert told(result.execution_log, "first") == [(1, "failed"), (2, "completed")]
    error = result.execution_log[0].error
    assert error is not None
    assert (error.type, error.retryable) == ("StepPaused", True)
