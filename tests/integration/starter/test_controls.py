"""Deciding about a run and ending it: what is done, and what is refused with the reason."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from fiberwise.contracts.errors import BadInput, KeyReused, NotFound, Refused, ServiceUnavailable
from fiberwise.pipeline.results import result_of
from fiberwise.store.recorder import Recorder
from starter import updates
from starter.client import FiberWise
from starter.connection import Connection
from tests.conftest import Serve
from tests.integration.starter.steering import PIPELINES, Handle, Steering
from tests.workflows.bending import Bend
from tests.workflows.running import ended
from tests.workflows.scripted import Script

Act = Callable[[FiberWise, str], Awaitable[Any]]
ACTS: dict[str, Act] = {
    "pause": lambda ann, id: ann.pause(id),
    "resume": lambda ann, id: ann.resume(id),
    "approve": lambda ann, id: ann.approve(id),
    "reject": lambda ann, id: ann.reject(id),
    "repair": lambda ann, id: ann.repair(id, "retry"),
    "retry_now": lambda ann, id: ann.retry_now(id),
    "cancel": lambda ann, id: ann.cancel(id),
    "terminate": lambda ann, id: ann.terminate(id),
    "waiting": lambda ann, id: ann.waiting(id),
}


async def _refusal(acting: Awaitable[Any]) -> str:
    with pytest.raises(BadInput) as caught:
        await acting
    assert caught.value.exit_code == 2
    return caught.value.message


@pytest.fixture
async def held(steering: Steering) -> Handle:
    """A run whose step `left` has failed for good, and waits."""
    handle = await steering.begin("mendable", Bend(left=["break"]))
    await steering.until(handle, "needs_repair")
    return handle


@pytest.fixture
async def gated(steering: Steering) -> Handle:
    """A run whose step `strict` waits for ann or bob, and fails once when it is let."""
    handle = await steering.begin("gated", Bend(which="strict", first=["error"]))
    await steering.until(handle, "waiting_approval")
    return handle


async def test_a_run_that_holds_is_seen_with_what_may_be_done_and_what_silence_means(
    steering: Steering, held: Handle
):
    seen = await steering.ann.view(held.id)
    [waiting] = seen.waiting

    silence = f"at {waiting.until:%Y-%m-%d %H:%M} UTC the fallback pipeline does the work"
    assert (seen.phase, waiting.step) == ("needs_repair", "left")
    assert seen.cause == f"left needs repair: it broke for good; {silence}"
    assert await steering.ann.waiting(held.id) == [waiting]


async def test_an_edited_input_mends_the_step_in_the_same_execution(steering: Steering, held: Handle):
    acted = await steering.ann.repair(held.id, "edit", "typo", step="left#1", input={"script": []})

    assert acted.noted
    assert (acted.noted.by, acted.noted.reason, acted.noted.action) == ("ann", "typo", "edit")
    assert (await ended(held)).outcome == "full"


async def test_a_fallback_that_holds_is_mended_by_the_id_of_the_run_that_fell_back(steering: Steering):
    handle = await steering.begin("mendable", Bend(first=["break"], plain=["break"]), hold=True)
    await steering.until(handle, "needs_repair")
    await steering.ann.repair(handle.id, "fall_back")
    seen = await steering.seen(handle, lambda found: "the fallback plain" in found.cause)
    await steering.ann.repair(handle.id, "give", result={"text": "by hand"})

    assert [one.step for one in seen.waiting] == ["plain"]
    assert (await ended(handle)).results == [{"text": "by hand", "rows": 3}]


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"action": "edit", "input": {"name": 3}}, "input of plain: `name`: input should be a valid string"),
        ({"action": "retry", "step": "left"}, "`left` waits for no repair: plain#1 does"),
    ],
)
async def test_what_does_not_fit_a_fallback_that_holds_is_refused_with_its_reason(
    steering: Steering, asked: dict[str, Any], reason: str
):
    handle = await steering.begin("mendable", Bend(first=["break"], plain=["break"]), hold=True)
    await steering.until(handle, "needs_repair")
    await steering.ann.repair(handle.id, "fall_back")
    await steering.seen(handle, lambda found: "the fallback plain" in found.cause)

    assert await _refusal(steering.ann.repair(handle.id, **asked)) == reason


async def test_retry_now_tells_what_the_fallback_does_instead(steering: Steering):
    handle = await steering.begin("mendable", Bend(first=["break"], plain=["nap"]), hold=False)
    await steering.seen(handle, lambda found: any(row.state == "failed" for row in found.steps))
    refusals = await _refusal(steering.ann.retry_now(handle.id))

    assert refusals == "no step waits in its backoff: plain#1.1 is running"


UNFIT: list[tuple[dict[str, Any], str]] = [
    ({"action": "skip"}, "left cannot be mended by `skip`: retry, edit, give, fall_back can"),
    ({"action": "edit", "input": {"name": 3}}, "input of left: `name`: input should be a valid string"),
    ({"action": "give", "result": {}}, "result of left: `text`: field required"),
    ({"action": "retry", "step": "lift"}, "`lift` waits for no repair: left#1 does"),
    ({"action": "burn"}, "`action`: input should be 'retry', 'edit', 'give', 'skip' or 'fall_back'"),
    ({"action": "retry", "step": "left#x"}, "`left#x` is no call of a step"),
    ({"action": "retry", "reason": "x" * 3000}, "`reason`: string should have at most 2000 characters"),
]


async def test_a_repair_that_does_not_fit_is_refused_with_the_reason(steering: Steering, held: Handle):
    said = [await _refusal(steering.ann.repair(held.id, **asked)) for asked, _ in UNFIT]

    assert said == [reason for _, reason in UNFIT]
    assert (await steering.ann.view(held.id)).phase == "needs_repair"


async def test_a_healthy_run_has_nothing_to_repair_or_approve(steering: Steering):
    handle = await steering.begin("patient", Script(first=["hang"]))
    with pytest.raises(Refused, match="no step waits for repair"):
        await steering.ann.repair(handle.id, "retry")
    with pytest.raises(Refused, match="no step waits for approval"):
        await steering.ann.approve(handle.id)


async def test_an_approval_may_change_the_input(steering: Steering, gated: Handle):
    await steering.ann.approve(gated.id, input={"script": []})

    assert (await ended(gated)).results == [{"text": "strict after 1", "rows": 3}]


async def test_one_who_may_not_approve_is_refused(steering: Steering, gated: Handle):
    carol = FiberWise(Connection(steering.env.client, steering.settings, ""), user="carol")
    with pytest.raises(Refused, match="`carol` may not decide on strict: ann, bob may"):
        await carol.approve(gated.id)


async def test_to_approve_twice_is_refused(steering: Steering, gated: Handle):
    await steering.ann.approve(gated.id)
    with pytest.raises(Refused, match="no step waits for approval"):
        await steering.ann.approve(gated.id)


async def test_a_rejected_step_fails_the_run_with_the_reason(steering: Steering, gated: Handle):
    await steering.ann.reject(gated.id, "too dear")

    assert (await ended(gated)).reasons == ["strict failed: rejected by ann: too dear"]


async def test_the_same_request_is_one_also_once_the_run_has_ended(steering: Steering, held: Handle):
    first = await steering.ann.repair(held.id, "edit", input={"script": []}, request_id="r1")
    result = await ended(held)
    again = await steering.ann.repair(held.id, "edit", input={"script": []}, request_id="r1")

    assert first == again
    assert len(result.controls) == 1


async def test_a_request_id_of_another_control_is_refused_and_changes_nothing(steering: Steering):
    handle = await steering.begin("patient", Script(first=["hang"]))
    await steering.ann.pause(handle.id, request_id="r1")
    with pytest.raises(KeyReused, match="the request id `r1` was used for `pause`"):
        await steering.ann.resume(handle.id, request_id="r1")

    assert (await steering.ann.view(handle.id)).phase == "paused"
    assert (await steering.ann.resume(handle.id, request_id="r2")).noted


async def test_a_cancelled_run_says_who_cancelled_it_and_why(steering: Steering, held: Handle):
    await steering.ann.cancel(held.id, "not needed")
    result = await result_of(held)
    history = await held.fetch_history()

    assert result.outcome == "cancelled"
    told = [one.workflow_execution_cancel_requested_event_attributes.cause for one in history.events]
    assert "not needed (by ann)" in told


async def test_of_a_run_that_has_ended_everything_is_refused_with_its_outcome(steering: Steering):
    handle = await steering.begin("scripted", Script())
    await ended(handle)
    said = {name: await _refusal(act(steering.ann, handle.id)) for name, act in ACTS.items()}

    assert said == dict.fromkeys(ACTS, f"{handle.id} has ended: full")


async def test_an_unknown_id_is_not_found(unserved: Steering):
    for act in ACTS.values():
        with pytest.raises(NotFound, match="there is no execution `scripted/none`"):
            await act(unserved.ann, "scripted/none")


async def test_a_workflow_that_is_no_pipeline_is_left_alone(unserved: Steering):
    queue = unserved.settings.task_queue
    handle = await unserved.env.client.start_workflow(
        "reconcile-records", id=f"reconcile-records/{queue}", task_queue=queue
    )
    unserved.begun.append(handle)
    said = {name: await _refusal(act(unserved.ann, handle.id)) for name, act in ACTS.items()}

    assert said == dict.fromkeys(ACTS, f"{handle.id} is a `reconcile-records`, which is no pipeline of ours")
    assert (await handle.describe()).status == WorkflowExecutionStatus.RUNNING


@pytest.mark.parametrize("act", ["pause", "repair", "waiting"])
async def test_without_a_worker_it_is_said_so_in_time(
    unserved: Steering, monkeypatch: pytest.MonkeyPatch, act: str
):
    monkeypatch.setattr(updates, "ANSWER_TIME", timedelta(seconds=0.5))
    handle = await unserved.begin("mendable", Bend())
    async with asyncio.timeout(5):
        with pytest.raises(ServiceUnavailable) as caught:
            await ACTS[act](unserved.ann, handle.id)
    assert f"no worker polls the task queue `{unserved.settings.task_queue}`" in caught.value.message
    assert caught.value.exit_code == 3


async def test_of_a_run_whose_own_code_has_a_bug_it_is_said_by_what_it_is_blocked(
    steering: Steering, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(updates, "ANSWER_TIME", timedelta(seconds=0.5))
    handle = await steering.begin("scripted", Script(bug="no such part"))
    await steering.until(handle, "blocked")
    with pytest.raises(ServiceUnavailable, match="does not answer: its workflow task fails: no such part"):
        await steering.ann.pause(handle.id)


async def test_an_update_given_back_by_a_task_that_failed_is_told_in_the_same_words(
    steering: Steering, monkeypatch: pytest.MonkeyPatch
):
    """The server does so to an update that is in flight just when the task fails: too rarely to wait for it."""

    async def given_back(*_: object, **__: object) -> None:
        raise RPCError("update was aborted", RPCStatusCode.FAILED_PRECONDITION, b"")

    handle = await steering.begin("scripted", Script(bug="no such part"))
    await steering.until(handle, "blocked")
    monkeypatch.setattr(WorkflowHandle, "execute_update", given_back)
    with pytest.raises(ServiceUnavailable, match="does not answer: its workflow task fails: no such part"):
        await steering.ann.pause(handle.id)


async def test_an_interrupt_of_one_who_waits_for_an_answer_is_an_interrupt(unserved: Steering):
    handle = await unserved.begin("mendable", Bend())
    pausing = asyncio.create_task(unserved.ann.pause(handle.id))
    await asyncio.sleep(0.3)
    pausing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pausing


async def test_nobody_acts_without_a_name(unserved: Steering):
    nobody = FiberWise(Connection(unserved.env.client, unserved.settings, ""))
    with pytest.raises(BadInput, match="`by`: string should have at least 1 character") as caught:
        await nobody.pause("any")
    assert "user=" in caught.value.hint


@pytest.fixture
async def recorded(unserved: Steering, serve: Serve) -> AsyncGenerator[Recorder]:
    async with serve(PIPELINES) as recorder:
        yield recorder


async def test_terminate_closes_the_record_and_keeps_who_and_why(unserved: Steering, recorded: Recorder):
    handle = await unserved.begin("mendable", Bend(left=["break"]))
    await unserved.until(handle, "needs_repair")
    acted = await unserved.ann.terminate(handle.id, "stuck")
    result = await result_of(handle)

    assert acted.recorded is True
    assert await recorded.has_final(result.execution_id)
    assert result.reasons[-1] == "the run was terminated: stuck (by ann)"


async def test_a_terminate_whose_record_cannot_be_written_is_done_all_the_same(
    unserved: Steering, recorded: Recorder, monkeypatch: pytest.MonkeyPatch
):
    async def full(*_: object) -> None:
        raise OSError("no space left on device")

    handle = await unserved.begin("mendable", Bend(left=["break"]))
    await unserved.until(handle, "needs_repair")
    monkeypatch.setattr(Recorder, "record_final", full)

    assert (await unserved.ann.terminate(handle.id)).recorded is False


async def test_terminate_where_there_is_no_record_store_leaves_its_record_to_others(unserved: Steering):
    handle = await unserved.begin("mendable", Bend())
    acted = await unserved.ann.terminate(handle.id)

    assert acted.recorded is False
    assert not (unserved.settings.home / "records.sqlite").exists()
