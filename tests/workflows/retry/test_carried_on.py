"""An execution that ended badly is carried on in a new one: what succeeded is taken over, the rest is done."""

import asyncio
from pathlib import Path

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.testing import WorkflowEnvironment

from fiberwise.contracts.controls import Repair
from fiberwise.contracts.execution import Progress
from starter.retrying import Again, Kin, kin_of, retry
from starter.retrying.line import name_of
from tests.workflows.bending import Bend
from tests.workflows.retry.stage import Handle, Stage, statuses
from tests.workflows.running import begin, ended, waits
from tests.workflows.scripted import Script

DONE, TAKEN = ["completed"], ["cached"]


async def test_of_a_degraded_run_the_failed_step_alone_is_done(stage: Stage):
    """Not the one that ran beside it."""
    handle = await stage.ended(faults={"right": "fail"})
    result = await stage.retried(handle)

    assert result.outcome == "full"
    assert statuses(result) == {"first": TAKEN, "left": TAKEN, "right": DONE}


async def test_of_a_failed_run_what_succeeded_is_taken_over(stage: Stage):
    handle = await stage.ended(faults={"left": "fail"})
    result = await stage.retried(handle)

    assert (result.outcome, result.results[0]["text"]) == ("full", "first after 1")
    assert (statuses(result)["first"], statuses(result)["left"]) == (TAKEN, DONE)


async def test_of_a_cancelled_run_what_was_done_by_then_is_taken_over(stage: Stage):
    handle = await _under_way(stage, faults={"left": "hang"})
    await handle.cancel()
    with pytest.raises(WorkflowFailureError):
        await handle.result()
    result = await stage.retried(handle)

    assert (result.outcome, statuses(result)["first"], statuses(result)["left"]) == ("full", TAKEN, DONE)


async def test_of_a_terminated_run_too(stage: Stage):
    handle = await _under_way(stage, faults={"left": "hang"})
    await handle.terminate()
    result = await stage.retried(handle)

    assert (result.outcome, statuses(result)["first"], statuses(result)["left"]) == ("full", TAKEN, DONE)


async def test_of_a_run_past_its_deadline_too(stage: Stage):
    handle = await stage.ended(deadline_seconds=0.8, faults={"left": "hang"})
    result = await stage.retried(handle)

    assert (result.outcome, statuses(result)["first"], statuses(result)["left"]) == ("full", TAKEN, DONE)


async def test_of_a_run_by_its_fallback_the_pipeline_itself_gives_the_result(stage: Stage):
    handle = await stage.ended(Bend(), "mendable", faults={"left": "fail"}, hold=False)
    assert (await handle.result()).outcome == "fallback"
    result = await stage.retried(handle)

    assert (result.outcome, result.produced_by) == ("full", "")
    assert statuses(result) == {"first": TAKEN, "left": DONE, "right": TAKEN}


async def test_what_was_undone_is_done_again(stage: Stage):
    handle = await stage.ended(Bend(), "undone", faults={"right": "fail"})
    result = await stage.retried(handle)

    assert statuses(result) == {"first": DONE, "left": DONE, "right": DONE}


async def test_both_know_of_each_other(stage: Stage):
    old = await stage.ended(faults={"left": "fail"})
    new = await stage.retry(old)

    assert await kin_of(stage.client, old.id) == Kin(carried_on_by=name_of(new.id))
    assert await kin_of(stage.client, new.id) == Kin(carries_on=name_of(old.id))
    assert (await ended(new)).metadata.retry_of == name_of(old.id)


async def test_a_retry_is_retried_with_all_that_was_done_in_either(stage: Stage):
    """The fault of a try is no part of what is carried on: here it is the script that fails once more."""
    script = Script(left=["error"] * 3, right=["break"])
    old = await stage.ended(script)
    newer = await stage.retry(old, "right=[]")
    await ended(newer)
    result = await stage.retried(newer, "left=[]")

    assert result.outcome == "full"
    assert statuses(result) == {"first": TAKEN, "left": DONE, "right": TAKEN}


async def test_a_line_of_retries_has_one_origin_and_no_gap(stage: Stage):
    old = await stage.ended(Script(left=["break"]))
    newer = await stage.retry(old)
    await ended(newer)
    newest = await stage.retry(old, "left=[]")

    assert (await kin_of(stage.client, newest.id)).carries_on == name_of(newer.id)
    assert (await ended(newest)).outcome == "full"


async def test_twenty_retries_at_once_start_one_execution(stage: Stage):
    old = await stage.ended(faults={"left": "fail"})
    asked = (retry(stage.client, stage.settings, old.id, Again()) for _ in range(20))
    started = await asyncio.gather(*asked)

    assert len({one.execution_id for one in started}) == 1
    assert [one.existing for one in started].count(False) == 1


@pytest.mark.parametrize(
    ("repair", "gave"),
    [
        ({"action": "give", "result": {"text": "by hand"}}, "by hand"),
        ({"action": "edit", "input": {"script": []}}, "left after 1"),
    ],
)
async def test_what_a_person_mended_is_taken_over(
    env: WorkflowEnvironment, stage: Stage, repair: dict[str, object], gave: str
):
    with env.with_time_skipping_disabled():
        handle = await begin(env.client, stage.settings, "mendable", Bend(left=["break"], right=["break"]))
    await waits(handle, "needs_repair")
    for asked in ({"step": "left", **repair}, {"step": "right", "action": "skip"}):
        await handle.execute_update("repair", Repair.model_validate({"by": "ann", **asked}))
    assert (await ended(handle)).outcome == "degraded"
    result = await stage.retried(handle, "right=[]")

    assert (statuses(result)["left"], result.results[1]["text"]) == (TAKEN, gave)


async def test_what_the_artifact_store_has_lost_is_done_again(stage: Stage, artifacts: str):
    before = _payloads(artifacts)
    handle = await stage.ended(Script(first=["long text"]), faults={"left": "fail"})
    for file in _payloads(artifacts) - before:
        file.unlink()
    result = await stage.retried(handle)

    assert statuses(result)["first"] == DONE


def _payloads(artifacts: str) -> set[Path]:
    return set(Path(artifacts).rglob("*.payload"))


async def _under_way(stage: Stage, **options: object) -> Handle:
    """First is done, and the others have begun."""
    handle = await begin(stage.client, stage.settings, "scripted", Script(), **options)
    async with asyncio.timeout(10):
        while (await handle.query("progress", result_type=Progress)).entries == 0:  # noqa: ASYNC110 - only a query tells
            await asyncio.sleep(0.05)
    return handle
