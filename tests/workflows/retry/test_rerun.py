"""An execution's request, run once more from the start."""

import pytest

from fiberwise.contracts.errors import BadInput
from starter import starts
from starter.retrying import Again, Kin, kin_of, repeated
from starter.retrying.line import name_of
from tests.integration.starter.test_kept import forget
from tests.workflows.retry.stage import Handle, Stage, statuses
from tests.workflows.running import ended
from tests.workflows.scripted import Script


async def _rerun(stage: Stage, handle: Handle, *changes: str) -> Handle:
    order = await repeated(stage.client, stage.settings, handle.id, Again("ann", changes=changes))
    started = await starts.start(stage.client, stage.settings, order)
    return stage.handle(started.handle.id)


async def test_every_step_is_done_on_the_same_request(stage: Stage):
    handle = await stage.ended(Script(first=["error"]))
    newer = await _rerun(stage, handle)
    result = await ended(newer)

    assert statuses(result)["first"] == ["failed", "completed"]
    assert result.metadata.rerun_of == name_of(handle.id)
    assert await kin_of(stage.client, newer.id) == Kin(repeats=name_of(handle.id))


async def test_each_rerun_is_an_execution_of_its_own(stage: Stage):
    handle = await stage.ended()

    assert (await _rerun(stage, handle)).id != (await _rerun(stage, handle)).id


async def test_the_request_may_change(stage: Stage):
    result = await ended(await _rerun(stage, await stage.ended(Script(first=["error"])), "first=[]"))

    assert statuses(result)["first"] == ["completed"]


async def test_a_change_that_does_not_fit_is_refused(stage: Stage):
    with pytest.raises(BadInput, match="`first`: input should be a valid list"):
        await _rerun(stage, await stage.ended(), "first=once")


async def test_one_that_temporal_no_longer_has_is_done_again_from_its_record(stage: Stage):
    handle = await stage.ended(Script(first=["error"]))
    await forget(stage.client, handle.id)
    result = await ended(await _rerun(stage, handle))

    assert statuses(result)["first"] == ["failed", "completed"]
