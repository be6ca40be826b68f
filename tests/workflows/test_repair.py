"""A step that has used up its attempts holds the run, and a person mends it where it stands."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.common import SearchAttributeKey
from temporalio.testing import WorkflowEnvironment

from fiberwise.contracts.controls import Control, Noted, Repair
from fiberwise.pipeline.results import result_of
from fiberwise.runtime.settings import Settings
from tests.conftest import Serve
from tests.workflows.bending import PIPELINES, WEEK, Bend
from tests.workflows.running import Result, begin, ended, refused, told, waits

PHASE = SearchAttributeKey.for_keyword("Phase")
Held = WorkflowHandle[Any, Result]


@pytest.fixture
async def held(env: WorkflowEnvironment, settings: Settings, serve: Serve) -> AsyncGenerator[Held]:
    """A run whose step `left` has failed twice, and waits."""
    async with serve(PIPELINES):
        with env.with_time_skipping_disabled():
            handle = await begin(env.client, settings, "mendable", Bend(left=["break"]))
        await waits(handle, "needs_repair")
        yield handle


async def _mend(env: WorkflowEnvironment, handle: Held, **asked: object) -> Result:
    await handle.execute_update("repair", Repair.model_validate({"by": "ann", "reason": "seen to", **asked}))
    return await ended(handle)


async def test_a_held_step_tells_its_input_its_errors_and_what_may_be_done(held: Held):
    [waiting] = (await waits(held, "needs_repair")).waiting

    assert (waiting.step, waiting.call, waiting.silence) == ("left", 1, "fall_back")
    assert waiting.may == ("retry", "edit", "give", "fall_back")
    assert waiting.input == {"name": "left", "script": ["break"]}
    assert [failure.message for failure in waiting.failures] == ["it broke for good"]


async def test_an_edited_input_is_tried_in_the_same_execution_and_its_attempts_count_on(
    env: WorkflowEnvironment, held: Held
):
    result = await _mend(env, held, action="edit", input={"script": []})

    assert result.outcome == "full"
    assert told(result.execution_log, "left") == [(1, "failed"), (2, "completed")]
    assert result.execution_log[-1].note == "edit by ann: seen to"


async def test_siblings_are_not_done_again(env: WorkflowEnvironment, held: Held):
    result = await _mend(env, held, action="edit", input={"script": []})

    assert told(result.execution_log, "first") == [(1, "completed")]
    assert told(result.execution_log, "right") == [(1, "completed")]


async def test_a_retry_may_fail_again_and_hold_again(env: WorkflowEnvironment, held: Held):
    await held.execute_update("repair", Repair(by="ann", action="retry"))
    await waits(held, "needs_repair")
    result = await _mend(env, held, action="edit", input={"script": []})

    assert told(result.execution_log, "left") == [(1, "failed"), (2, "failed"), (3, "completed")]


async def test_a_result_given_by_hand_stands_and_is_marked(env: WorkflowEnvironment, held: Held):
    result = await _mend(env, held, action="give", result={"text": "by hand"})

    assert result.results[1] == {"text": "by hand", "rows": 3}
    assert told(result.execution_log, "left") == [(1, "failed"), (2, "substituted")]
    assert [(one.kind, one.action, one.by, one.reason) for one in result.controls] == [
        ("repair", "give", "ann", "seen to")
    ]


async def test_a_person_may_let_the_run_fall_back(env: WorkflowEnvironment, held: Held):
    result = await _mend(env, held, action="fall_back")

    assert (result.outcome, result.produced_by) == ("fallback", "plain")


async def test_lists_know_that_a_run_that_fell_back_holds_no_longer(
    env: WorkflowEnvironment, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        with env.with_time_skipping_disabled():
            asked = Bend(left=["break"], right=["break"], plain=["nap"])
            handle = await begin(env.client, settings, "mendable", asked)
        while len((await waits(handle, "needs_repair")).waiting) < 2:
            pass
        await handle.execute_update("repair", Repair(by="ann", action="fall_back", step="left"))
        meanwhile = (await handle.describe()).typed_search_attributes.get(PHASE)
        result = await ended(handle)

    assert (meanwhile, result.outcome) == ("running", "fallback")


async def test_an_optional_step_may_be_skipped(env: WorkflowEnvironment, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        with env.with_time_skipping_disabled():
            handle = await begin(env.client, settings, "mendable", Bend(right=["break"]))
        await waits(handle, "needs_repair")
        result = await _mend(env, handle, action="skip")

    assert (result.outcome, result.reasons) == ("degraded", ["right was skipped"])
    assert told(result.execution_log, "right") == [(1, "failed"), (2, "skipped")]


async def test_nobody_answering_means_what_is_declared(env: WorkflowEnvironment, held: Held):
    await env.fast_forward(held, WEEK)
    result = await ended(held)

    assert (result.outcome, result.produced_by) == ("fallback", "plain")


async def test_a_cancel_reaches_a_run_that_holds(held: Held):
    await held.cancel()

    assert (await result_of(held)).outcome == "cancelled"


async def test_with_the_option_every_step_holds(env: WorkflowEnvironment, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        with env.with_time_skipping_disabled():
            handle = await begin(env.client, settings, "undone", Bend(right=["error", "error"]), hold=True)
        await env.fast_forward(handle, WEEK / 7)
        [waiting] = (await waits(handle, "needs_repair")).waiting
        await handle.cancel()

    assert (waiting.step, waiting.silence) == ("right", "fail")


async def test_with_the_option_not_even_a_step_declared_so_holds(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "mendable", Bend(left=["break"]), hold=False)
        result = await ended(handle)

    began, done = result.metadata.started_at, result.metadata.completed_at
    assert result.outcome == "fallback"
    assert began
    assert done
    assert done - began < WEEK  # a wait would have been skipped to its end


async def test_the_same_request_twice_is_one(held: Held):
    asked = Repair(by="ann", action="retry", request_id="r1")
    first = await held.execute_update("repair", asked, result_type=Noted)
    await waits(held, "needs_repair")
    again = await held.execute_update("repair", asked, result_type=Noted)

    assert first == again
    assert (await waits(held, "needs_repair")).controls == [first]


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"action": "skip"}, "left cannot be mended by `skip`: retry, edit, give, fall_back can"),
        ({"action": "edit"}, "an input belongs to `edit`, and `edit` needs one"),
        ({"action": "retry", "input": {"name": "x"}}, "an input belongs to `edit`, and `edit` needs one"),
        ({"action": "edit", "input": {"nam": "x"}}, "the input of left has no field `nam`"),
        ({"action": "edit", "input": {"name": 3}}, "input of left: `name`: input should be a valid string"),
        ({"action": "give"}, "a result belongs to `give`, and `give` needs one"),
        ({"action": "give", "result": {"rows": 3}}, "result of left: `text`: field required"),
        ({"action": "retry", "step": "first"}, "`first` waits for no repair: left#1 does"),
    ],
)
async def test_a_repair_that_does_not_fit_is_refused_with_the_reason(
    held: Held, asked: dict[str, object], reason: str
):
    assert await refused(held, "repair", {"by": "ann", **asked}) == reason


async def test_a_healthy_run_has_nothing_to_repair(held: Held, env: WorkflowEnvironment):
    await held.execute_update("repair", Repair(by="ann", action="edit", input={"script": ["hang"]}))
    try:
        assert await refused(held, "repair", Repair(by="ann", action="retry")) == "no step waits for repair"
    finally:
        await held.cancel()


async def test_of_two_repairs_at_once_the_second_is_refused(held: Held):
    await held.execute_update("repair", Repair(by="ann", action="edit", input={"script": ["hang"]}))
    try:
        assert await refused(held, "repair", Repair(by="bob", action="retry")) == "no step waits for repair"
    finally:
        await held.cancel()


async def test_a_control_without_a_name_is_refused(held: Held):
    assert "`by`" in await refused(held, "pause", {"reason": "x"})


async def test_pause_is_not_repair(held: Held):
    await held.execute_update("pause", Control(by="ann"))
    assert (await waits(held, "needs_repair")).controls[-1].kind == "pause"
