"""What reaches a run in one workflow task, since no worker was there to take the first of it."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from fiberwise.contracts.controls import Control, Repair
from fiberwise.pipeline.results import result_of
from fiberwise.runtime.settings import Settings
from tests.conftest import Serve
from tests.workflows.bending import Bend, MendablePipeline, PlainPipeline, UndonePipeline
from tests.workflows.raced import PIPELINES as RACED
from tests.workflows.raced import Race
from tests.workflows.running import begin, ended, fallen_to, under_way, waits

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
        await under_way(handle)
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
        await under_way(handle)
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
        soon = timedelta(seconds=1)  # when a worker that does not know the run has taken its task
        handle = await begin(client, settings, "mendable", asked, hold=False, task_timeout=soon)
        child = client.get_workflow_handle(await fallen_to(handle))
        await under_way(child)
    async with serve(PLAIN):  # ends the child alone
        await ended(child)
        await handle.cancel()
    async with serve(PLAIN | {"mendable": MendablePipeline}):
        result = await result_of(handle)

    assert (result.outcome, result.produced_by) == ("cancelled", "")


async def test_a_cancel_that_came_with_the_wish_to_fall_back_ends_a_paused_run(
    env: WorkflowEnvironment, settings: Settings, serve: Serve
):
    async with serve(RACED):
        with env.with_time_skipping_disabled():
            handle = await begin(env.client, settings, "raced", Race(left=["break"]))
        await waits(handle, "needs_repair")
        await handle.execute_update("pause", Control(by="ann"))
    wish = Repair(by="ann", action="fall_back")
    repairing = asyncio.create_task(handle.execute_update("repair", wish))
    await asyncio.sleep(0.2)
    await handle.cancel()
    async with serve(RACED), asyncio.timeout(20):
        await repairing
        result = await result_of(handle)

    assert (result.outcome, result.fell_to) == ("cancelled", [])
