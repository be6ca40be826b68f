"""A step that waits for a person's leave: who may give it, how long it waits, and what silence means."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from fiberwise.contracts.controls import Decision
from fiberwise.runtime.settings import Settings
from tests.conftest import Serve
from tests.workflows.bending import MONTH, PIPELINES, WEEK, Bend
from tests.workflows.running import Result, begin, ended, refused, told, waits

Handle = WorkflowHandle[Any, Result]
Wait = Callable[[str], Awaitable[Handle]]


@pytest.fixture
async def waiting(env: WorkflowEnvironment, settings: Settings, serve: Serve) -> AsyncGenerator[Wait]:
    """A run that waits before the step of this name."""

    async def one(which: str) -> Handle:
        with env.with_time_skipping_disabled():
            handle = await begin(env.client, settings, "gated", Bend(which=which))
        await waits(handle, "waiting_approval")
        return handle

    async with serve(PIPELINES):
        yield one


async def test_an_approved_step_is_done_and_its_entry_says_by_whose_leave(waiting: Wait):
    handle = await waiting("strict")
    await handle.execute_update("approve", Decision(by="ann", reason="budget is there"))
    result = await ended(handle)

    assert result.outcome == "full"
    assert result.execution_log[0].note == "approved by ann: budget is there"


async def test_an_approval_may_change_the_input(waiting: Wait):
    handle = await waiting("strict")
    await handle.execute_update("approve", Decision(by="ann", input={"name": "smaller"}))
    result = await ended(handle)

    assert result.results == [{"text": "smaller after 1", "rows": 3}]


async def test_a_rejected_required_step_fails_the_run_without_a_fallback(waiting: Wait):
    handle = await waiting("strict")
    await handle.execute_update("reject", Decision(by="bob", reason="too dear"))
    result = await ended(handle)

    assert (result.outcome, result.reasons) == ("failed", ["strict failed: rejected by bob: too dear"])
    assert result.failure is not None
    assert (result.failure.type, result.fell_to) == ("Rejected", [])


async def test_a_rejected_optional_step_is_left_out(waiting: Wait):
    handle = await waiting("spare")
    await handle.execute_update("reject", Decision(by="bob"))
    result = await ended(handle)

    assert (result.outcome, result.reasons) == ("degraded", ["spare was rejected by bob"])
    assert told(result.execution_log, "spare") == [(1, "skipped")]


@pytest.mark.parametrize(
    ("which", "time", "outcome"),
    [("strict", MONTH, "failed"), ("lenient", WEEK, "full"), ("spare", WEEK, "degraded")],
)
async def test_silence_means_what_is_declared(
    env: WorkflowEnvironment, waiting: Wait, which: str, time: timedelta, outcome: str
):
    handle = await waiting(which)
    await env.fast_forward(handle, time)

    assert (await ended(handle)).outcome == outcome


async def test_three_weeks_of_waiting_survive_a_restart_of_the_worker(
    env: WorkflowEnvironment, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        with env.with_time_skipping_disabled():
            handle = await begin(env.client, settings, "gated", Bend(which="strict"))
        await waits(handle, "waiting_approval")
    await env.fast_forward(handle, timedelta(weeks=3))
    async with serve(PIPELINES):
        await waits(handle, "waiting_approval")
        await handle.execute_update("approve", Decision(by="ann"))
        assert (await ended(handle)).outcome == "full"


@pytest.mark.parametrize(
    ("update", "asked", "reason"),
    [
        ("approve", {"by": "eve"}, "`eve` may not decide on strict: ann, bob may"),
        ("reject", {"by": "eve"}, "`eve` may not decide on strict: ann, bob may"),
        ("reject", {"by": "ann", "input": {"name": "x"}}, "a rejected step has no input to change"),
        (
            "approve",
            {"by": "ann", "input": {"name": 3}},
            "input of strict: `name`: input should be a valid string",
        ),
        ("approve", {"by": "ann", "step": "spare"}, "`spare` waits for no approval: strict#1 does"),
        ("repair", {"by": "ann", "action": "retry"}, "no step waits for repair"),
    ],
)
async def test_a_decision_that_does_not_fit_is_refused(
    waiting: Wait, update: str, asked: dict[str, Any], reason: str
):
    handle = await waiting("strict")

    assert await refused(handle, update, asked) == reason
    await handle.terminate()


async def test_who_approves_twice_is_refused(waiting: Wait):
    handle = await waiting("strict")
    with_hang = Decision(by="ann", input={"script": ["hang"]})
    await handle.execute_update("approve", with_hang)

    assert await refused(handle, "approve", Decision(by="ann")) == "no step waits for approval"
    await handle.cancel()
