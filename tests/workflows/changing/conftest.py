"""Reports that stand still at a step of theirs, begun by the code as it was first."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.testing import WorkflowEnvironment

from fiberwise.pipeline.ending import PIPELINE
from fiberwise.runtime.settings import Settings
from tests.conftest import Serve
from tests.workflows.changing.report import Report, ReportPipeline
from tests.workflows.running import Result

Begin = Callable[..., Coroutine[Any, Any, WorkflowHandle[Any, Any]]]


@pytest.fixture
async def standing(
    env: WorkflowEnvironment, client: Client, settings: Settings, serve: Serve
) -> AsyncGenerator[Begin]:
    """`await standing("synthesize")`: a report that stands still at a step, as `stands_at` begins it.

    No worker serves it any more.
    """
    begun: list[WorkflowHandle[Any, Any]] = []

    async def stands(step: str) -> WorkflowHandle[Any, Any]:
        async with serve({"report": ReportPipeline}):
            begun.append(await stands_at(env, settings, step))
        return begun[-1]

    yield stands
    for handle in begun:
        if (await handle.describe()).close_time is None:
            await handle.terminate()


async def stands_at(env: WorkflowEnvironment, settings: Settings, step: str) -> WorkflowHandle[Any, Any]:
    """A report whose step of that name has failed once, and waits for five minutes. Raises TimeoutError."""
    with env.with_time_skipping_disabled():
        handle = await env.client.start_workflow(
            "report",
            Report.model_validate({step: ["error"]}),
            id=f"report/{uuid4()}",
            task_queue=settings.task_queue,
            result_type=Result,
            search_attributes=TypedSearchAttributes([SearchAttributePair(PIPELINE, "report")]),
        )
    async with asyncio.timeout(10):
        while not any(  # noqa: ASYNC110 - the server gives no signal
            one.activity_id.startswith(step) and one.HasField("last_failure")
            for one in (await handle.describe()).raw_description.pending_activities
        ):
            await asyncio.sleep(0.05)
    return handle
