"""A cancelled run ends soon, keeps its log, and never goes on as a degraded one."""

import time

import pytest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError
from temporalio.exceptions import CancelledError

from fiberwise.pipeline.results import result_of
from fiberwise.runtime.settings import Settings
from tests.conftest import Serve
from tests.workflows.running import begin, told, under_way
from tests.workflows.scripted import Script, ScriptedPipeline

PIPELINES = {"scripted": ScriptedPipeline}


async def _cancelled_in(client: Client, settings: Settings, script: Script, step: str = "first"):
    handle = await begin(client, settings, "scripted", script)
    await under_way(handle, step)
    began = time.monotonic()
    await handle.cancel()
    with pytest.raises(WorkflowFailureError) as caught:
        await handle.result()
    assert isinstance(caught.value.cause, CancelledError)
    return handle, time.monotonic() - began


async def test_a_running_step_is_cancelled_without_waiting_for_its_heartbeat_timeout(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        _, seconds = await _cancelled_in(client, settings, Script(first=["hang"]))
    assert seconds < 5  # without its own heartbeat: eight


@pytest.mark.parametrize("step", ["first", "right"])
async def test_a_cancelled_run_keeps_its_log_and_its_outcome_is_cancelled(
    client: Client, settings: Settings, serve: Serve, step: str
):
    async with serve(PIPELINES) as recorder:
        handle, _ = await _cancelled_in(client, settings, Script(**{step: ["hang"]}), step)
        result = await result_of(handle)
        described = await handle.describe()
        assert await recorder.has_final(result.execution_id)
    assert described.status == WorkflowExecutionStatus.CANCELED
    assert (result.status, result.outcome) == ("failed", "cancelled")
    assert told(result.execution_log, step) == [(1, "failed")]
    error = next(entry.error for entry in result.execution_log if entry.step == step)
    assert error is not None
    assert error.type == "StepCancelled"


async def test_no_step_begins_after_a_cancel_even_if_the_one_under_way_ends_well(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        handle, _ = await _cancelled_in(client, settings, Script(first=["end when cancelled"]))
        result = await result_of(handle)
    assert result.outcome == "cancelled"
    assert told(result.execution_log, "first") == [(1, "completed")]
    assert {entry.step for entry in result.execution_log} == {"first"}


async def test_a_failing_required_step_cancels_its_sibling_and_waits_for_it(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "scripted", Script(left=["bad input"], right=["hang"]))
        result = await result_of(handle)
    assert result.outcome == "failed"
    assert result.failure is not None
    assert result.failure.step == "left"
    assert [e.error.type for e in result.execution_log if e.step == "right" and e.error] == ["StepCancelled"]
