"""`pause`, `resume` and `retry-now` on the server: of a run, and of the attempts that only the server knows."""

import asyncio
import time
from datetime import timedelta

import pytest

from fiberwise.contracts.controls import Control
from fiberwise.contracts.errors import Refused
from fiberwise.contracts.execution import Progress
from tests.integration.starter.steering import Handle, Steering
from tests.workflows.bending import Bend
from tests.workflows.hasty import ALL_TRIES
from tests.workflows.running import ended, fallen_to, told
from tests.workflows.scripted import Script

ONCE = Script(first=["error"])
LONG = Script(first=["hang"])


@pytest.fixture
async def backing_off(steering: Steering) -> Handle:
    """A minute of backoff lies before its second attempt."""
    handle = await steering.begin("scripted", ONCE)
    await steering.until(handle, "backing_off")
    return handle


@pytest.fixture
async def hanging(steering: Steering) -> Handle:
    """Its first attempt would run for half a minute."""
    handle = await steering.begin("patient", LONG)
    await steering.until(handle, "running", "running")
    return handle


async def test_a_pause_in_a_backoff_is_seen_with_who_paused_it_and_why(
    steering: Steering, backing_off: Handle
):
    acted = await steering.ann.pause(backing_off.id, "new prices come")
    seen = await steering.ann.view(backing_off.id)

    assert acted.attempts == ["first#1.1"]
    assert (seen.phase, seen.cause) == ("paused", "paused by ann: new prices come")
    assert [(one.attempt, one.state, one.next_attempt_at) for one in seen.pending] == [(2, "paused", None)]


async def test_resume_begins_the_attempt_that_was_held_back_and_keeps_those_before(
    steering: Steering, backing_off: Handle
):
    await steering.ann.pause(backing_off.id)
    acted = await steering.ann.resume(backing_off.id)
    result = await ended(backing_off)

    assert acted.attempts == ["first#1.1"]
    assert told(result.execution_log, "first") == [(1, "failed"), (2, "completed")]
    assert [(one.kind, one.by) for one in result.controls] == [("pause", "ann"), ("resume", "ann")]


async def test_a_pause_takes_nothing_from_the_time_for_all_attempts(steering: Steering):
    handle = await steering.begin("hasty", ONCE)
    await steering.until(handle, "backing_off")
    await steering.ann.pause(handle.id)
    await asyncio.sleep(ALL_TRIES.total_seconds())
    await steering.ann.resume(handle.id)

    assert (await ended(handle)).outcome == "full"


async def test_pause_lets_a_running_attempt_end_and_begins_no_further_step(steering: Steering):
    handle = await steering.begin("undone", Bend(first=["nap"]))
    await steering.until(handle, "running", "running")
    acted = await steering.ann.pause(handle.id)
    seen = await steering.seen(handle, lambda found: not found.pending)

    assert acted.attempts == []
    assert [(row.step, row.state) for row in seen.steps][:2] == [("first", "completed"), ("left", "paused")]


async def test_an_attempt_that_fails_in_a_pause_is_not_tried_again_until_resume(steering: Steering):
    handle = await steering.begin("hasty", Script(first=["hang"]))
    await steering.until(handle, "running", "running")
    await steering.ann.pause(handle.id)
    await steering.until(handle, "paused", "paused")
    await asyncio.sleep(ALL_TRIES.total_seconds())
    seen = await steering.ann.view(handle.id)
    await steering.ann.resume(handle.id)
    result = await ended(handle)

    assert [(one.attempt, one.state) for one in seen.pending] == [(2, "paused")]
    assert told(result.execution_log, "first") == [(1, "failed"), (2, "completed")]


async def test_a_last_attempt_that_fails_in_a_pause_has_failed_for_good(steering: Steering):
    handle = await steering.begin("scripted", Script(first=["error", "error", "hang"]))
    for _ in range(2):
        await steering.until(handle, "backing_off")
        await steering.ann.retry_now(handle.id)
    await steering.seen(handle, lambda found: [one.attempt for one in found.pending] == [3])
    await steering.ann.pause(handle.id)

    assert (await ended(handle)).outcome == "failed"


async def test_with_now_a_running_attempt_ends_as_paused_and_is_done_again_on_resume(
    steering: Steering, hanging: Handle
):
    acted = await steering.ann.pause(hanging.id, now=True)
    await steering.until(hanging, "paused", "paused")
    await steering.ann.resume(hanging.id)
    result = await ended(hanging)

    assert acted.attempts == ["first#1.1"]
    assert told(result.execution_log, "first") == [(1, "failed"), (2, "completed")]
    assert result.execution_log[0].error
    assert result.execution_log[0].error.type == "StepPaused"


async def test_a_run_that_is_paused_already_may_still_be_paused_now(steering: Steering, hanging: Handle):
    await steering.ann.pause(hanging.id)
    acted = await steering.ann.pause(hanging.id, now=True)

    assert (acted.noted, acted.attempts) == (None, ["first#1.1"])


async def test_to_pause_what_is_paused_is_refused(steering: Steering, backing_off: Handle):
    await steering.ann.pause(backing_off.id)
    with pytest.raises(Refused, match=r"it is paused already, since .* by ann"):
        await steering.ann.pause(backing_off.id)


async def test_to_resume_what_is_not_paused_is_refused(steering: Steering, hanging: Handle):
    with pytest.raises(Refused, match="it is not paused"):
        await steering.ann.resume(hanging.id)


async def test_what_somebody_paused_in_the_web_ui_is_resumed_too(steering: Steering, backing_off: Handle):
    """There a single activity is paused: the run knows nothing of it."""
    await steering.ann.pause(backing_off.id)
    await backing_off.execute_update("resume", {"by": "bob"})
    seen = await steering.ann.view(backing_off.id)
    acted = await steering.ann.resume(backing_off.id)

    assert (seen.phase, seen.cause) == ("paused", "first is paused")
    assert acted.attempts == ["first#1.1"]


async def test_a_pause_reaches_the_fallback_that_does_the_work(steering: Steering):
    handle = await steering.begin("mendable", Bend(first=["break"], plain=["error"]), hold=False)
    before = await steering.until(handle, "backing_off")
    acted = await steering.ann.pause(handle.id)
    resumed = await steering.ann.resume(handle.id)

    assert before.cause == "the fallback plain: no luck at attempt 1"
    assert acted.attempts == resumed.attempts == ["plain#1.1"]
    assert (await ended(handle)).outcome == "fallback"


async def test_a_fallback_that_stayed_paused_while_its_run_was_resumed_is_resumed_by_another_resume(
    steering: Steering,
):
    handle = await steering.begin("mendable", Bend(first=["break"], plain=["error"]), hold=False)
    await steering.until(handle, "backing_off")
    fallback = steering.env.client.get_workflow_handle(await fallen_to(handle))
    await fallback.execute_update("pause", Control(by="ann"))
    await steering.ann.resume(handle.id)

    assert (await fallback.query("progress", result_type=Progress)).phase == "running"


async def test_retry_now_reaches_the_fallback_too(steering: Steering):
    handle = await steering.begin("mendable", Bend(first=["break"], plain=["error"]), hold=False)
    await steering.until(handle, "backing_off")
    acted = await steering.ann.retry_now(handle.id)

    assert acted.attempts == ["plain#1.1"]
    assert (await ended(handle)).outcome == "fallback"


async def test_retry_now_ends_a_backoff_keeps_the_attempts_before_and_is_noted(
    steering: Steering, backing_off: Handle
):
    began = time.monotonic()
    acted = await steering.ann.retry_now(backing_off.id, "it is up again", step="first")
    result = await ended(backing_off)

    assert acted.attempts == ["first#1.1"]
    assert told(result.execution_log, "first") == [(1, "failed"), (2, "completed")]
    assert [(one.kind, one.step, one.by, one.reason) for one in result.controls] == [
        ("retry_now", "first", "ann", "it is up again")
    ]
    assert time.monotonic() - began < timedelta(seconds=20).total_seconds()


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ("", "no step waits in its backoff: first#1.1 is running"),
        ("first", "`first` does not wait in its backoff: first#1.1 is running"),
        ("frist", "`frist` is no step of patient"),
        ("first#2", "`first` does not wait in its backoff: first#1.1 is running"),
    ],
)
async def test_retry_now_is_refused_where_nothing_waits(
    steering: Steering, hanging: Handle, step: str, reason: str
):
    with pytest.raises(Refused) as caught:
        await steering.ann.retry_now(hanging.id, step=step)
    assert caught.value.message == reason
