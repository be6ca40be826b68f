"""What a pipeline that failed falls back on, and what does not fall back."""

import asyncio

from temporalio.client import Client

from fiberwise.contracts.options import RunOptions
from fiberwise.pipeline.results import result_of
from fiberwise.runtime.settings import Settings
from tests.conftest import Serve
from tests.workflows.bending import PIPELINES, Bend
from tests.workflows.running import begin, ended

BROKEN = ["break"]


async def test_the_result_of_the_fallback_stands_and_says_so(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        fallen = await ended(await begin(client, settings, "chained", Bend(first=BROKEN)))

    assert (fallen.status, fallen.outcome, fallen.produced_by) == ("completed", "fallback", "worse")
    assert fallen.results == [{"text": "plain after 1", "rows": 3}]


async def test_the_time_of_the_fallback_counts_as_the_runs_own(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "chained", Bend(first=BROKEN)))

    last = result.execution_log[-1].completed_at
    assert last is not None
    assert result.metadata.completed_at is not None
    assert result.metadata.completed_at >= last


async def test_a_chain_of_fallbacks_tells_every_failure_on_its_way(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "chained", Bend(first=BROKEN)))

    assert result.reasons == [
        "first failed: it broke for good",
        "the result is of the fallback worse",
        "worse: worse failed: no luck at attempt 2",
        "worse: the result is of the fallback plain",
    ]
    assert [entry.step for entry in result.execution_log] == ["first", "worse", "worse", "plain"]
    assert [entry.seq for entry in result.execution_log] == [1, 2, 3, 4]


async def test_a_fallback_that_fails_too_fails_the_run_with_every_reason(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        result = await ended(
            await begin(client, settings, "mendable", Bend(first=BROKEN, plain=BROKEN), hold=False)
        )

    assert (result.status, result.outcome) == ("failed", "failed")
    assert result.reasons == [
        "first failed: it broke for good",
        "the fallback plain failed too: plain failed: it broke for good",
    ]
    assert result.failure is not None
    assert result.failure.step == "first"


async def test_the_fallback_knows_of_whom_why_and_what_was_done(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "mendable", Bend(left=BROKEN), hold=False))
        described = await client.get_workflow_handle(result.fell_to[0]).describe()
        options = await described.memo_value("run", type_hint=RunOptions)

    assert options.fall is not None
    assert (options.fall.execution_id, options.fall.reason) == (
        result.execution_id,
        "left failed: it broke for good",
    )
    assert options.fall.done["first"] == {"text": "first after 1", "rows": 3}


async def test_a_refused_input_does_not_fall_back(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "chained", Bend(first=["bad input"])))

    assert (result.outcome, result.fell_to) == ("failed", [])


async def test_a_cancelled_run_does_not_fall_back(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "chained", Bend(first=["hang"]))
        await asyncio.sleep(0.5)
        await handle.cancel()
        result = await result_of(handle)

    assert (result.outcome, result.fell_to) == ("cancelled", [])


async def test_a_spent_deadline_does_not_fall_back(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        result = await ended(
            await begin(client, settings, "chained", Bend(first=["hang"]), deadline_seconds=1)
        )

    assert (result.outcome, result.fell_to) == ("timed_out", [])


async def test_a_cancel_reaches_the_fallback_that_runs(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "mendable", Bend(first=BROKEN, plain=["hang"]), hold=False)
        await asyncio.sleep(1)
        await handle.cancel()
        result = await result_of(handle)
        child = await result_of(client.get_workflow_handle(result.fell_to[0]))

    assert (result.outcome, child.outcome) == ("cancelled", "cancelled")


async def test_a_deadline_ends_the_fallback_that_runs(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        asked = Bend(first=BROKEN, plain=["hang"])
        result = await ended(await begin(client, settings, "chained", asked, deadline_seconds=1.5))
        worse = await result_of(client.get_workflow_handle(result.fell_to[0]))

    assert (result.outcome, worse.outcome) == ("timed_out", "cancelled")


async def test_the_fallbacks_steps_have_keys_of_their_own_that_a_retry_keeps(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        first = await ended(await begin(client, settings, "mendable", Bend(first=BROKEN), hold=False))
        retried = await ended(
            await begin(
                client, settings, "mendable", Bend(first=BROKEN), hold=False, origin=first.execution_id
            )
        )
        origins = [await _origin(client, one.fell_to[0]) for one in (first, retried)]

    assert origins[0] == origins[1] != first.execution_id


async def _origin(client: Client, workflow_id: str) -> str:
    described = await client.get_workflow_handle(workflow_id).describe()
    return (await described.memo_value("run", type_hint=RunOptions)).origin
