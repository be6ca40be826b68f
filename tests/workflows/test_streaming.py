"""Steps that stream: every chunk once, so many at a time, over as many runs as their histories need."""

import asyncio
from collections import Counter

import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from fiberwise.contracts.execution import Entry
from fiberwise.pipeline.results import result_of
from fiberwise.runtime.settings import Settings
from tests.conftest import Serve
from tests.workflows import chunked
from tests.workflows.chunked import PIPELINES, Many
from tests.workflows.running import Result, begin, ended, under_way

TOTAL = sum(n * n for n in range(7)) - sum(range(7))


@pytest.fixture(autouse=True)
def fresh() -> None:
    chunked.WORKED.clear()
    chunked.BUSY.update(now=0, most=0)


async def _run(client: Client, settings: Settings, serve: Serve, many: Many, **options: object) -> Result:
    async with serve(PIPELINES):
        handle = await begin(client, settings, "chunked", many, stream=True, **options)
        return await ended(handle)


async def test_every_chunk_is_worked_on_once_and_all_are_put_together(
    client: Client, settings: Settings, serve: Serve
):
    result = await _run(client, settings, serve, Many())

    assert (result.outcome, result.results) == ("full", {"total": TOTAL, "missing": []})
    assert set(Counter(chunked.WORKED).values()) == {1}
    assert len(chunked.WORKED) == 3 * 7


async def test_without_being_told_to_stream_the_data_stays_whole(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "chunked", Many()))

    assert result.results == {"total": sum(range(7)), "missing": []}
    assert chunked.WORKED == []


async def test_no_more_chunks_than_declared_are_under_way_at_once(
    client: Client, settings: Settings, serve: Serve
):
    await _run(client, settings, serve, Many(chunks=9, seconds=0.05))

    assert chunked.BUSY["most"] == 3


async def _runs_before(client: Client, workflow_id: str, run_id: str | None = None) -> int:
    """How often it has gone on as new."""
    events = client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history_events()
    before = (await anext(events)).workflow_execution_started_event_attributes.continued_execution_run_id
    return 1 + await _runs_before(client, workflow_id, before) if before else 0


async def test_a_history_that_grows_goes_on_in_a_new_run(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "chunked", Many(chunks=12), stream=True)
        await ended(handle)
        earlier = await _runs_before(client, f"{handle.id}/take.1.1")

    assert earlier == 2
    assert len(chunked.WORKED) == 3 * 12


async def test_a_chunk_that_fails_once_is_tried_again(client: Client, settings: Settings, serve: Serve):
    result = await _run(client, settings, serve, Many(shaky=[2, 5]))

    assert result.outcome == "full"
    assert Counter(chunked.WORKED)["take", 2] == 2


async def test_a_chunk_that_fails_for_good_is_left_out_and_told(
    client: Client, settings: Settings, serve: Serve
):
    result = await _run(client, settings, serve, Many(bad=[3]))

    assert result.outcome == "degraded"
    assert result.reasons == ["take is without 1 of 7 chunks: chunk 4: number 3 cannot be read"]
    assert result.chunks is not None
    assert (result.chunks["take"].done, result.chunks["take"].failed) == (6, 1)
    assert result.results == {"total": TOTAL - 9 + 3, "missing": []}


async def test_when_all_chunks_fail_the_step_fails_with_the_first_cause(
    client: Client, settings: Settings, serve: Serve
):
    result = await _run(client, settings, serve, Many(chunks=2, bad=[0, 1]))

    assert result.failure is not None
    assert (result.outcome, result.failure.type, result.failure.step) == ("failed", "Unreadable", "take")
    assert result.failure.message == "all 2 chunks failed, chunk 1: number 0 cannot be read"


async def test_no_chunk_at_all_is_put_together_too(client: Client, settings: Settings, serve: Serve):
    result = await _run(client, settings, serve, Many(chunks=0))

    assert (result.outcome, result.results) == ("full", {"total": 0, "missing": []})


async def test_a_merge_that_fails_fails_the_step(client: Client, settings: Settings, serve: Serve):
    result = await _run(client, settings, serve, Many(merge="torn apart"))

    assert result.failure is not None
    assert (result.failure.type, result.failure.message) == ("Torn", "torn apart")


def _entries(result: Result, step: str) -> list[Entry]:
    return [entry for entry in result.execution_log if entry.step == step]


async def test_the_log_has_one_entry_for_the_cut_and_one_for_all_chunks(
    client: Client, settings: Settings, serve: Serve
):
    result = await _run(client, settings, serve, Many())
    [cut], [streamed] = _entries(result, "take.cut"), _entries(result, "take")

    assert (cut.activity, streamed.activity) == ("cut_many", "stream-step")
    assert (streamed.status, streamed.metrics.rows, streamed.metrics.bytes) == ("completed", 70, 700)
    assert len(_entries(result, "add")) == 1


async def _begun(count: int) -> None:
    """Returns once so many chunks are worked on, or have been. Raises TimeoutError."""
    async with asyncio.timeout(10):
        while len(chunked.WORKED) < count:  # noqa: ASYNC110 - the bodies run in this process
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("chunks", [3, 30])
async def test_a_cancel_reaches_the_chunks_also_after_the_stream_went_on_as_new(
    client: Client, settings: Settings, serve: Serve, chunks: int
):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "chunked", Many(chunks=chunks, seconds=0.3), stream=True)
        child = client.get_workflow_handle(f"{handle.id}/take.1.1")
        await _begun(9 if chunks > 5 else 1)
        await handle.cancel()
        result = await result_of(handle)
        described = await child.describe()

    assert result.outcome == "cancelled"
    assert described.status == WorkflowExecutionStatus.CANCELED
    assert chunked.BUSY["now"] == 0


async def test_a_pause_holds_the_chunks_back_until_resume(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "chunked", Many(seconds=0.2), stream=True)
        child = client.get_workflow_handle(f"{handle.id}/take.1.1")
        await _begun(1)
        await child.execute_update("pause", {"by": "ann"})
        paused = len(chunked.WORKED)
        await under_way(child)
        await child.execute_update("resume", {"by": "ann"})
        result = await ended(handle)

    assert paused <= 3
    assert result.outcome == "full"


async def test_a_stream_of_which_nothing_is_left_to_repair_by_a_stand_in_is_left_out(
    client: Client, settings: Settings, serve: Serve
):
    result = await _run(client, settings, serve, Many(), faults={"add": "fail"})

    assert (result.outcome, result.results) == ("degraded", None)
    assert result.reasons == ["add failed: all 7 chunks failed, chunk 1: failed on purpose"]
