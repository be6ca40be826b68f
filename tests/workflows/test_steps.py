"""How the mechanism takes a step through its attempts, and what it keeps of each."""

import pytest
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError

from fiberwise.runtime.settings import Settings
from fiberwise.store.recorder import Recorder
from tests.conftest import Serve
from tests.workflows.running import begin, ended, told
from tests.workflows.scripted import Script, ScriptedPipeline
from worker import build

PIPELINES = {"scripted": ScriptedPipeline}


async def test_a_run_without_trouble_is_full_and_logs_each_step_once(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "scripted", Script()))
    assert (result.status, result.outcome, result.reasons) == ("completed", "full", [])
    assert [entry.seq for entry in result.execution_log] == [1, 2, 3]
    assert {entry.step for entry in result.execution_log} == {"first", "left", "right"}
    assert all(entry.status == "completed" and entry.attempt == 1 for entry in result.execution_log)


async def test_a_failed_attempt_is_retried_after_its_backoff_and_both_are_logged(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "scripted", Script(first=["error", "error"])))
    assert result.outcome == "full"
    assert told(result.execution_log, "first") == [(1, "failed"), (2, "failed"), (3, "completed")]
    error = result.execution_log[0].error
    assert error is not None
    assert (error.type, error.message, error.retryable) == ("ValueError", "no luck at attempt 1", True)


async def test_backoff_grows_as_the_policy_declares(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "scripted", Script(first=["error", "error"]))
        await ended(handle)
        history = await handle.fetch_history()
    scheduled = next(e for e in history.events if e.HasField("activity_task_scheduled_event_attributes"))
    policy = scheduled.activity_task_scheduled_event_attributes.retry_policy
    assert (policy.initial_interval.seconds, policy.backoff_coefficient, policy.maximum_attempts) == (
        60,
        2,
        3,
    )


async def test_a_required_step_that_used_up_its_attempts_fails_the_run_with_step_attempt_and_first_cause(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "scripted", Script(left=["error"] * 3))
        result = await ended(handle)
        with pytest.raises(WorkflowFailureError) as caught:
            await handle.result()
    assert (result.status, result.outcome) == ("failed", "failed")
    assert result.failure is not None
    assert (result.failure.step, result.failure.attempt, result.failure.type) == ("left", 3, "ValueError")
    assert isinstance(caught.value.cause, ApplicationError)
    assert "left failed after 3 attempts: no luck at attempt 3" in caught.value.cause.message


async def test_an_optional_step_that_fails_degrades_the_run_and_says_why(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "scripted", Script(right=["error"] * 3)))
    assert (result.status, result.outcome) == ("completed", "degraded")
    assert result.reasons == ["right failed: no luck at attempt 3"]
    assert result.results[2] is None


async def test_bad_input_is_never_retried_and_fails_even_an_optional_step(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "scripted", Script(right=["bad input"]))
        result = await ended(handle)
    assert result.failure is not None
    assert (result.failure.type, result.failure.where, result.failure.hint) == (
        "BadInput",
        "line 3",
        "add it",
    )
    assert told(result.execution_log, "right") == [(1, "failed")]


async def test_an_attempt_that_takes_too_long_is_recorded_as_a_timeout_and_retried(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "scripted", Script(first=["hang"])))
    assert told(result.execution_log, "first") == [(1, "failed"), (2, "completed")]
    error = result.execution_log[0].error
    assert error is not None
    assert (error.type, error.message) == ("StepTimeout", "no result within 2 s")


async def test_a_body_s_own_timeout_is_told_in_its_own_words(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "scripted", Script(first=["time out"])))
    error = result.execution_log[0].error
    assert error is not None
    assert (error.type, error.message) == ("TimeoutError", "the model did not answer within 5 s")


async def test_a_value_that_cannot_be_sent_is_refused_at_once_naming_step_and_field(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "scripted", Script(first=["unsendable"])))
    assert result.failure is not None
    assert result.failure.type == "PayloadRefused"
    assert "step `first`: Told.text cannot be sent" in result.failure.message
    assert told(result.execution_log, "first") == [(1, "failed")]


async def test_a_large_value_stays_out_of_history(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "scripted", Script(first=["long text"]))
        result = await ended(handle)
        history = await handle.fetch_history()
    assert len(result.results[0]["text"]) == 100_000
    assert sum(event.ByteSize() for event in history.events) < 20_000


async def test_each_attempt_has_times_a_worker_and_honest_metrics(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "scripted", Script()))
    entry = result.execution_log[0]
    assert entry.started_at is not None
    assert entry.completed_at is not None
    assert entry.duration_ms == pytest.approx(
        (entry.completed_at - entry.started_at).total_seconds() * 1000, abs=0.01
    )
    assert (entry.metrics.rows, entry.metrics.bytes, entry.metrics.measured) == (3, 13, "thread")
    assert entry.metrics.cpu_ms is not None
    assert entry.metrics.cpu_ms <= entry.duration_ms + 1
    assert entry.input == {"name": "first", "script": []}
    assert entry.output == {"text": "first after 1", "rows": 3}


async def test_a_fault_is_refused_by_a_worker_that_does_not_allow_faults(
    client: Client, settings: Settings, serve: Serve
):
    strict = settings.model_copy(update={"allow_faults": False})
    async with build(client, strict, PIPELINES, Recorder(strict.database_url, strict.artifacts_url)):
        result = await ended(await begin(client, settings, "scripted", Script(), faults={"first": "fail"}))
    assert result.failure is not None
    assert result.failure.type == "FaultRefused"
