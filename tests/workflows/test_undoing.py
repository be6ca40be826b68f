"""What a run had done is undone when it fails or is cancelled: the last first, each once, nothing hidden."""

from temporalio.client import Client

from fiberwise.pipeline.results import result_of
from fiberwise.runtime.settings import Settings
from tests.conftest import Serve
from tests.workflows.bending import PIPELINES, Bend
from tests.workflows.running import begin, ended, under_way

UNDONE = [("left.undo", "completed"), ("first.undo", "completed")]


async def test_a_failed_run_undoes_the_last_first(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "undone", Bend(right=["break"])))

    assert [(entry.step, entry.status) for entry in result.execution_log][-2:] == UNDONE
    assert result.execution_log[-1].activity == "take_back"


async def test_what_did_not_succeed_is_not_undone(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "undone", Bend(left=["break"])))

    assert [entry.step for entry in result.execution_log] == ["first", "left", "first.undo"]


async def test_a_run_that_ends_well_undoes_nothing(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "undone", Bend()))

    assert [entry.step for entry in result.execution_log] == ["first", "left", "right"]


async def test_what_could_not_be_undone_is_said_and_the_rest_is_undone(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "undone", Bend(right=["break"], which="stuck")))

    assert "left could not be undone: it cannot be taken back" in result.reasons
    assert [(entry.step, entry.status) for entry in result.execution_log][-2:] == [
        ("left.undo", "failed"),
        ("first.undo", "completed"),
    ]


async def test_a_cancelled_run_is_undone_though_it_is_cancelled_again(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "undone", Bend(right=["hang"]))
        await under_way(handle, "right")
        await handle.cancel()
        await handle.cancel()
        result = await result_of(handle)

    assert result.outcome == "cancelled"
    assert [(entry.step, entry.status) for entry in result.execution_log][-2:] == UNDONE


async def test_a_last_step_that_ended_well_in_spite_of_a_cancel_is_no_success(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "undone", Bend(right=["end when cancelled"]))
        await under_way(handle, "right")
        await handle.cancel()
        result = await result_of(handle)

    assert result.outcome == "cancelled"
    assert [(entry.step, entry.status) for entry in result.execution_log][-2:] == UNDONE


async def test_a_run_past_its_deadline_is_undone(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "undone", Bend(right=["hang"]), deadline_seconds=1)
        result = await ended(handle)

    assert result.outcome == "timed_out"
    assert [(entry.step, entry.status) for entry in result.execution_log][-2:] == UNDONE
