"""What a client sees of a live execution that the workflow itself cannot see."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import PollWorkflowTaskQueueRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from fiberwise.contracts.view import ExecutionView
from fiberwise.runtime.settings import Settings
from starter.views import view
from tests.workflows.running import begin
from tests.workflows.scripted import Script, ScriptedPipeline

PIPELINE = "scripted"


async def _until(look: Callable[[], Awaitable[ExecutionView]], phase: str) -> ExecutionView:
    async with asyncio.timeout(20):
        while (seen := await look()).phase != phase:  # noqa: ASYNC110 - the server gives no signal
            await asyncio.sleep(0.1)
    return seen


async def test_a_backoff_is_seen_with_its_cause_and_the_next_attempt(
    env: WorkflowEnvironment, client: Client, settings: Settings, serve: Callable[..., object]
):
    with env.with_time_skipping_disabled():
        handle = await begin(client, settings, PIPELINE, Script(first=["error"]))
    async with serve({PIPELINE: ScriptedPipeline}):
        seen = await _until(lambda: view(client, handle.id), "backing_off")
        assert seen.cause == "no luck at attempt 1"
        assert [(step.step, step.attempt, step.state) for step in seen.pending] == [
            ("first", 2, "backing_off")
        ]
        assert seen.pending[0].next_attempt_at
        await handle.terminate()
    assert (await view(client, handle.id)).outcome == "failed"


async def test_a_task_whose_worker_died_with_it_once_is_not_called_blocked(
    env: WorkflowEnvironment, client: Client, settings: Settings
):
    with env.with_time_skipping_disabled():
        handle = await client.start_workflow(
            PIPELINE,
            Script(),
            id=f"{PIPELINE}/{uuid4()}",
            task_queue=settings.task_queue,
            task_timeout=timedelta(seconds=1),
        )
    await client.workflow_service.poll_workflow_task_queue(  # takes the task, and never answers
        PollWorkflowTaskQueueRequest(
            namespace=client.namespace, task_queue=TaskQueue(name=settings.task_queue)
        )
    )
    async with asyncio.timeout(20):
        while (await handle.describe()).raw_description.pending_workflow_task.attempt < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    seen = await view(client, handle.id)
    await handle.terminate()
    assert (seen.phase, seen.cause) == ("running", "")


async def test_a_run_whose_own_code_has_a_bug_is_blocked_and_says_by_what(
    env: WorkflowEnvironment, client: Client, settings: Settings, serve: Callable[..., object]
):
    with env.with_time_skipping_disabled():
        handle = await begin(client, settings, PIPELINE, Script(bug="no such part"))
    async with serve({PIPELINE: ScriptedPipeline}):
        seen = await _until(lambda: view(client, handle.id), "blocked")
        await handle.terminate()
    assert "no such part" in seen.cause


async def test_a_run_that_nobody_serves_says_so(env: WorkflowEnvironment, client: Client, settings: Settings):
    with env.with_time_skipping_disabled():
        handle = await begin(client, settings, PIPELINE, Script())
    seen = await _until(lambda: view(client, handle.id), "no_worker")
    assert f"`{settings.task_queue}`" in seen.cause
    await handle.terminate()
