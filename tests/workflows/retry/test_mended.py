"""What is carried on may differ in its request where that spoils nothing taken over, and from a step on."""

from datetime import timedelta

import pytest

from fiberwise.contracts.errors import BadInput
from fiberwise.pipeline.results import options_of, result_of
from starter.retrying.line import name_of
from tests.workflows.retry.stage import Stage, statuses
from tests.workflows.running import begin
from tests.workflows.scripted import Script

DONE, TAKEN = ["completed"], ["cached"]


async def test_a_change_that_only_what_failed_is_made_of_is_taken(stage: Stage):
    handle = await stage.ended(Script(left=["break"]))
    result = await stage.retried(handle, "left=[]")

    assert result.outcome == "full"
    assert (statuses(result)["first"], statuses(result)["left"]) == (TAKEN, DONE)


async def test_a_change_that_would_spoil_what_is_taken_over_is_refused_and_says_what(stage: Stage):
    handle = await stage.ended(Script(right=["break"]))
    with pytest.raises(BadInput, match=r"^first and left would have to be done again") as caught:
        await stage.retry(handle, "right=[]", 'first=["nap"]', 'left=["nap"]')

    assert (caught.value.where, "`--from first`" in caught.value.hint) == ("--set", True)


async def test_a_change_that_leads_another_way_is_refused(stage: Stage):
    handle = await stage.ended(Script(right=["break"]))
    with pytest.raises(BadInput, match=r"^left would have to be done again"):
        await stage.retry(handle, "refuse=no more of this")


async def test_a_change_is_taken_from_the_step_on_that_it_spoils(stage: Stage):
    handle = await stage.ended(Script(right=["break"]))
    result = await stage.retried(handle, "right=[]", 'left=["nap"]', from_step="left")

    assert statuses(result) == {"first": TAKEN, "left": DONE, "right": DONE}


async def test_from_a_step_on_all_that_came_after_it_is_done_again(stage: Stage):
    handle = await stage.ended(faults={"right": "fail"})
    result = await stage.retried(handle, from_step="first")

    assert statuses(result) == {"first": DONE, "left": DONE, "right": DONE}


async def test_what_ran_beside_the_step_is_kept(stage: Stage):
    handle = await stage.ended(faults={"right": "fail"})
    result = await stage.retried(handle, from_step="right")

    assert statuses(result) == {"first": TAKEN, "left": TAKEN, "right": DONE}


async def test_a_request_that_was_refused_is_mended(stage: Stage):
    handle = await begin(stage.client, stage.settings, "scripted", {"left": "break"})
    await result_of(handle)
    result = await stage.retried(handle, "left=[]")

    assert (result.outcome, statuses(result)["first"]) == ("full", DONE)


async def test_how_it_was_to_run_is_left_behind(stage: Stage):
    handle = await stage.ended(faults={"left": "fail"}, deadline_seconds=60, no_cache=True, key="nightly")
    newer = await stage.retry(handle)
    options = await options_of(await newer.describe())

    assert (options.faults, options.deadline_seconds, options.no_cache, options.key) == ({}, None, False, "")
    assert options.origin == name_of(handle.id)


async def test_how_it_is_to_run_is_said_anew(stage: Stage):
    handle = await stage.ended(faults={"left": "fail"})
    newer = await stage.retry(handle, deadline=timedelta(minutes=1), no_cache=True, hold=True)
    options = await options_of(await newer.describe())

    assert (options.deadline_seconds, options.no_cache, options.hold) == (60, True, True)
