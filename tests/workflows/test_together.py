"""What reaches a run in one workflow task, since no worker was there to take the first of it."""

import asyncio

import pytest
from temporalio.client import Client

from fiberwise.pipeline.results import result_of
from fiberwise.runtime.settings import Settings
from tests.conftest import Serve
from tests.workflows.bending import Bend, MendablePipeline, PlainPipeline, UndonePipeline
from tests.workflows.running import begin, ended

UNDONE = {"undone": UndonePipeline}
PLAIN = {"plain": PlainPipeline}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A worker that leaves takes no more workflow tasks, but lets the step that runs end."""
    return settings.model_copy(update={"grace_seconds": 3})


async def test_a_step_that_ended_as_the_cancel_came_is_told_and_undone(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(UNDONE):
        handle = await begin(client, settings, "undone", Bend(first=["nap"]))
        await asyncio.sleep(0.5)
    await handle.cancel()
    async with serve(UNDONE):
        result = await result_of(handle)

    assert result.outcome == "cancelled"
    assert [(entry.step, entry.status) for entry in result.execution_log] == [
        ("first", "completed"),
        ("first.undo", "completed"),
    ]


async def test_a_step_that_ended_as_the_deadline_passed_is_told_and_undone(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(UNDONE):
        handle = await begin(client, settings, "undone", Bend(first=["nap"]), deadline_seconds=1)
        await asyncio.sleep(0.5)
    async with serve(UNDONE):
        result = await ended(handle)

    assert result.outcome == "timed_out"
    assert [(entry.step, entry.status) for entry in result.execution_log] == [
        ("first", "completed"),
        ("first.undo", "completed"),
    ]


async def test_a_fallback_that_ended_as_the_cancel_came_is_no_success(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PLAIN | {"mendable": MendablePipeline}):
        asked = Bend(first=["break"], plain=["nap"])
        handle = await begin(client, settings, "mendable", asked, hold=False)
        await asyncio.sleep(0.8)
    async with serve(PLAIN):  # ends the child alone
        [child] = (await handle.describe()).raw_description.pending_children
        await ended(client.get_workflow_handle(child.workflow_id))
        await handle.cancel()
    async with serve(PLAIN | {"mendable": MendablePipeline}):
        result = await result_of(handle)

    assert (result.outcome, result.produced_by) == ("cancelled", "")
