"""A step passes on one key for a call, however often its body runs, and wherever."""

import asyncio

from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from fiberwise.contracts.controls import Repair
from fiberwise.runtime.settings import Settings
from tests.conftest import Serve
from tests.workflows.paying import Bill, PayingPipeline
from tests.workflows.running import Result, begin, ended, told, waits

PIPELINES = {"paying": PayingPipeline}


async def test_each_call_has_a_key_that_its_attempts_share(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "paying", Bill(first="fail")))
    assert keys(result) == ["pay#1", "pay#1", "pay#2"]


async def test_a_repair_keeps_the_key_of_the_call_it_mends(
    env: WorkflowEnvironment, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        with env.with_time_skipping_disabled():
            handle = await begin(env.client, settings, "paying", Bill(first="break"))
        await waits(handle, "needs_repair")
        await handle.execute_update("repair", Repair(by="ann", action="edit", input={"first": "pay"}))
        result = await ended(handle)
    assert keys(result) == ["pay#1", "pay#1", "pay#2"]


async def test_a_retry_of_an_ended_execution_passes_on_the_keys_of_the_first(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "paying", Bill(), origin="first"))
    assert [paid["key"] for paid in result.results] == ["first/pay#1", "first/pay#2"]


async def test_another_worker_passes_on_the_same_key(client: Client, settings: Settings, serve: Serve):
    handle = await begin(client, settings, "paying", Bill(first="hang"))
    async with serve(PIPELINES):
        while not await is_within_a_step(handle):  # noqa: ASYNC110 - the server gives no signal
            await asyncio.sleep(0.05)
    async with serve(PIPELINES):
        result = await ended(handle)
    assert told(result.execution_log, "pay")[:2] == [(1, "failed"), (2, "completed")]
    assert [paid["key"] for paid in result.results] == [f"{result.execution_id}/pay#{n}" for n in (1, 2)]


async def is_within_a_step(handle: WorkflowHandle[object, Result]) -> bool:
    pending = (await handle.describe()).raw_description.pending_activities
    return any(one.last_started_time.seconds for one in pending)


def keys(result: Result) -> list[str]:
    """What each attempt passed on, without the execution id before it."""
    told = [
        entry.error.message if entry.error else (entry.output or {})["key"] for entry in result.execution_log
    ]
    assert all(key.startswith(f"{result.execution_id}/") for key in told)
    return [key.rpartition("/")[2] for key in told]
