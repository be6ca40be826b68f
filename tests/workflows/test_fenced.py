"""A boundary, a hold and a sibling that fails, together."""

import asyncio

from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.testing import WorkflowEnvironment

from fiberwise.contracts.controls import Repair
from fiberwise.pipeline.results import result_of
from fiberwise.runtime.settings import Settings
from tests.conftest import Serve
from tests.workflows.bending import Bend
from tests.workflows.fenced import PIPELINES
from tests.workflows.running import begin, ended, told, waits

PHASE = SearchAttributeKey.for_keyword("Phase")


async def test_a_boundary_does_not_keep_a_person_from_falling_back(
    env: WorkflowEnvironment, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        with env.with_time_skipping_disabled():
            handle = await begin(env.client, settings, "fenced", Bend(which="alone"))
        await waits(handle, "needs_repair")
        await handle.execute_update("repair", Repair(by="ann", action="fall_back"))
        result = await ended(handle)

    assert (result.outcome, result.produced_by) == ("fallback", "plain")


async def test_a_step_whose_sibling_failed_does_not_hold_when_its_own_cleaning_up_fails(
    env: WorkflowEnvironment, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        with env.with_time_skipping_disabled():
            handle = await begin(env.client, settings, "fenced", Bend(which="right"))
        async with asyncio.timeout(10):
            result = await ended(handle)

    assert (result.outcome, told(result.execution_log, "right")) == ("degraded", [(1, "failed")])


async def test_lists_do_not_call_a_run_held_whose_held_step_was_cut_off(
    env: WorkflowEnvironment, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        with env.with_time_skipping_disabled():
            handle = await begin(env.client, settings, "fenced", Bend(which="left"))
        await waits(handle, "needs_repair")
        await waits(handle, "running")
        await asyncio.sleep(0.2)
        phase = (await handle.describe()).typed_search_attributes.get(PHASE)
        await ended(handle)

    assert phase == "running"


async def test_a_deadline_past_ten_years_fails_the_run_and_does_not_block_it(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        handle = await client.start_workflow(
            "plain",
            Bend(),
            id="plain/far",
            task_queue=settings.task_queue,
            memo={"run": {"deadline_seconds": 1e13}},
        )
        async with asyncio.timeout(10):
            outcome = (await result_of(handle)).outcome

    assert outcome == "failed"
