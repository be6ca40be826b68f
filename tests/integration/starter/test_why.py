"""The account of runs that the real server holds: what only it knows, what only the run knows, what is on record."""

import pytest

from fiberwise.contracts.why import Account
from fiberwise.pipeline.results import result_of
from starter.connection import Connection
from starter.why.gathering import why
from tests.conftest import Serve
from tests.integration.starter.steering import PIPELINES, Handle, Steering
from tests.workflows.bending import Bend
from tests.workflows.running import ended
from tests.workflows.scripted import Script


async def _why(steering: Steering, handle: Handle) -> Account:
    return await why(Connection(steering.env.client, steering.settings, ""), handle.id)


def _commands(account: Account) -> list[str]:
    return [one.command.split()[1] for one in account.advice if one.command]


@pytest.fixture
async def backing_off(steering: Steering) -> Account:
    """A run whose step `first` has failed once, and is due again in a minute."""
    handle = await steering.begin("scripted", Script(first=["error"]))
    await steering.until(handle, "backing_off")
    return await _why(steering, handle)


async def test_of_a_backoff_the_attempt_that_failed_and_the_time_of_the_next_are_told(backing_off: Account):
    [found] = backing_off.troubles
    assert (found.step, found.cause.message) == ("first", "no luck at attempt 1")
    assert [(one.attempt, one.status) for one in found.tries] == [(1, "failed"), (2, "backing_off")]
    assert found.became.startswith("attempt 2 is due at ")
    assert _commands(backing_off) == ["retry-now", "watch"]


async def test_of_a_backoff_the_steps_that_were_never_attempted_are_told(backing_off: Account):
    assert [one.step for one in backing_off.unreached] == ["left", "right"]


async def test_a_run_that_holds_says_what_is_asked_and_since_when_a_person_is_waited_for(steering: Steering):
    handle = await steering.begin("mendable", Bend(left=["break"]))
    await steering.until(handle, "needs_repair")
    found = await _why(steering, handle)
    assert found.held[0].what.startswith("needs repair: it broke for good")
    assert found.troubles[0].became == "it waits for a person"
    assert found.took.person_ms > 0
    assert _commands(found)[0] == "repair"


async def test_a_cancelled_run_says_why_and_what_was_cut_off(steering: Steering):
    handle = await steering.begin("patient", Script(first=["hang"]))
    await steering.until(handle, "running", "running")
    await steering.ann.cancel(handle.id, "enough")
    await result_of(handle)
    found = await _why(steering, handle)
    assert found.cut_off == ["first"]
    assert "the run was cancelled: enough" in found.troubles[0].cause.message


async def test_a_terminated_run_says_why_and_what_was_cut_off(steering: Steering):
    handle = await steering.begin("patient", Script(first=["hang"]))
    await steering.until(handle, "running", "running")
    await handle.terminate(reason="by hand")
    found = await _why(steering, handle)
    assert found.cut_off == ["first"]
    assert found.troubles[0].cause.message == "the run was terminated: by hand"


async def test_a_run_that_nobody_serves_says_what_it_cannot_tell(unserved: Steering):
    handle = await unserved.begin("scripted", Script())
    await unserved.until(handle, "no_worker")
    found = await _why(unserved, handle)
    assert found.unknown == ["no worker is there to tell which attempts have ended"]
    assert _commands(found)[0] == "worker"


async def test_a_failed_run_is_compared_with_the_last_that_went_well(steering: Steering):
    good = await steering.begin("scripted", Script(first=["ok"]))
    await ended(good)
    bad = await steering.begin("scripted", Script(first=["break"]))
    await ended(bad)
    found = (await _why(steering, bad)).difference
    assert found
    assert good.id.endswith(found.execution_id)
    assert (found.step, [one.field for one in found.changed]) == ("first", ["script"])


async def test_what_ended_and_nobody_can_ask_is_told_from_the_record(unserved: Steering, serve: Serve):
    async with serve(PIPELINES):
        handle = await unserved.begin("scripted", Script(first=["break"]))
        await ended(handle)
    found = await _why(unserved, handle)
    assert [one.step for one in found.troubles] == ["first"]
    assert [one.step for one in found.unreached] == ["left", "right"]
