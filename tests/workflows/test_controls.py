"""Pausing and resuming a run, and what is refused."""

import asyncio
from datetime import timedelta

from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.testing import WorkflowEnvironment

from fiberwise.contracts.controls import Control, Decision, Noted, Repair
from fiberwise.pipeline.results import result_of
from fiberwise.runtime.settings import Settings
from tests.conftest import Serve
from tests.workflows.bending import PIPELINES, Bend
from tests.workflows.running import begin, ended, refused, told, waits

ANN = Control(by="ann", reason="wait for the new prices", request_id="1")
PHASE = SearchAttributeKey.for_keyword("Phase")


async def test_a_paused_run_begins_no_step_and_goes_on_when_resumed(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "undone", Bend(first=["nap"]))
        await asyncio.sleep(0.5)
        await handle.execute_update("pause", ANN)
        await asyncio.sleep(1)
        paused = await waits(handle, "paused")
        await handle.execute_update("resume", Control(by="bob"))
        result = await ended(handle)

    assert [row.state for row in paused.steps] == ["completed", "paused", "waiting"]
    assert result.outcome == "full"
    assert [(one.kind, one.by, one.reason) for one in result.controls] == [
        ("pause", "ann", "wait for the new prices"),
        ("resume", "bob", ""),
    ]


async def test_a_pause_that_comes_with_the_start_holds_the_first_step(
    client: Client, settings: Settings, serve: Serve
):
    handle = await begin(client, settings, "undone", Bend())
    pausing = asyncio.create_task(handle.execute_update("pause", ANN))
    await asyncio.sleep(0.5)
    async with serve(PIPELINES):
        await pausing
        paused = await waits(handle, "paused")
        await handle.cancel()

    assert [row.state for row in paused.steps] == ["paused", "waiting", "waiting"]


async def test_lists_know_that_a_run_is_paused_and_that_it_goes_on(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "undone", Bend(first=["nap"]))
        await handle.execute_update("pause", ANN)
        paused = (await handle.describe()).typed_search_attributes.get(PHASE)
        await handle.execute_update("resume", Control(by="ann"))
        await ended(handle)
        after = (await handle.describe()).typed_search_attributes.get(PHASE)

    assert (paused, after) == ("paused", "running")


async def test_the_same_pause_twice_is_one_and_another_is_refused(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "undone", Bend(first=["nap"]))
        first = await handle.execute_update("pause", ANN, result_type=Noted)
        again = await handle.execute_update("pause", ANN, result_type=Noted)
        reason = await refused(handle, "pause", Control(by="bob"))
        await handle.cancel()

    assert first == again
    assert reason.startswith("it is paused already, since")
    assert reason.endswith("by ann")


async def test_a_run_that_is_not_paused_cannot_be_resumed(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "undone", Bend(first=["nap"]))
        assert await refused(handle, "resume", ANN) == "it is not paused"
        await ended(handle)


async def test_a_cancel_reaches_a_paused_run(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "undone", Bend(first=["nap"]))
        await handle.execute_update("pause", ANN)
        await asyncio.sleep(1.2)
        await handle.cancel()
        result = await result_of(handle)

    assert result.outcome == "cancelled"
    assert told(result.execution_log, "left") == []


async def test_a_paused_run_hands_nothing_to_a_fallback_until_it_is_resumed(
    env: WorkflowEnvironment, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        with env.with_time_skipping_disabled():
            handle = await begin(env.client, settings, "mendable", Bend(first=["break"]))
        await waits(handle, "needs_repair")
        await handle.execute_update("pause", ANN)
        await handle.execute_update("repair", Repair(by="ann", action="fall_back"))
        described = await handle.describe()
        await handle.execute_update("resume", Control(by="bob"))
        result = await ended(handle)

    assert not described.raw_description.pending_children
    assert result.outcome == "fallback"


async def test_a_paused_run_begins_no_stand_in_until_it_is_resumed(
    env: WorkflowEnvironment, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        with env.with_time_skipping_disabled():
            asked = Bend(which="simply", first=["break"])
            handle = await begin(env.client, settings, "stood-in", asked, hold=True)
        await waits(handle, "needs_repair")
        await handle.execute_update("pause", ANN)
        await handle.execute_update("repair", Repair(by="ann", action="skip"))
        await asyncio.sleep(0.3)
        paused = await waits(handle, "paused")
        await handle.execute_update("resume", Control(by="bob"))
        result = await ended(handle)

    assert paused.entries == 2
    assert told(result.execution_log, "simply") == [(1, "failed"), (2, "skipped"), (3, "substituted")]


async def test_a_refused_control_leaves_nothing_in_history(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "undone", Bend(first=["nap"]))
        await refused(handle, "resume", ANN)
        await ended(handle)
        history = await handle.fetch_history()

    assert not [e for e in history.events if "UPDATE" in str(e.event_type)]


async def test_a_deadline_ends_a_paused_run_too(env: WorkflowEnvironment, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        with env.with_time_skipping_disabled():
            handle = await begin(env.client, settings, "undone", Bend(first=["nap"]), deadline_seconds=600)
        await handle.execute_update("pause", ANN)
        await env.fast_forward(handle, timedelta(minutes=11))
        result = await ended(handle)

    assert result.outcome == "timed_out"


async def test_a_request_id_belongs_to_one_kind_of_control(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "undone", Bend(first=["nap"]))
        await handle.execute_update("pause", ANN)
        others = {
            "resume": ANN,
            "approve": Decision(by="ann", request_id="1"),
            "repair": Repair(by="ann", request_id="1", action="retry"),
        }
        said = {kind: await refused(handle, kind, asked) for kind, asked in others.items()}
        await handle.cancel()

    assert said == dict.fromkeys(said, "the request id `1` was used for `pause`: give another")
