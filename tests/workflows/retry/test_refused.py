"""What cannot be carried on is refused with what to do instead, and nothing has started."""

from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client

from fiberwise.contracts.errors import BadInput, NotFound, PipelineError, Refused
from fiberwise.orchestration.reconcile import ReconcileRecords, Window
from fiberwise.runtime.settings import Settings
from starter.retrying import Again, kin_of, retry
from starter.retrying.line import name_of
from tests.integration.starter.test_kept import forget
from tests.workflows.bending import Bend
from tests.workflows.retry.stage import Handle, Stage
from tests.workflows.running import begin, ended
from tests.workflows.scripted import Script


async def _refusal(stage: Stage, handle: Handle, *changes: str, **again: Any) -> PipelineError:
    """Why; and that nothing came of it."""
    with pytest.raises(BadInput) as caught:
        await stage.retry(handle, *changes, **again)
    assert not (await kin_of(stage.client, handle.id)).carried_on_by
    return caught.value


async def test_a_success(stage: Stage):
    handle = await stage.ended()
    error = await _refusal(stage, handle)

    assert (error.code, error.message) == ("refused", f"{handle.id} succeeded: nothing is left to do")
    assert f"fiberwise rerun {name_of(handle.id)[:8]}" in error.hint


async def test_a_running_one(stage: Stage):
    handle = await begin(stage.client, stage.settings, "scripted", Script(), faults={"first": "hang"})
    error = await _refusal(stage, handle)
    await handle.terminate()

    assert error.message == f"{handle.id} has not ended: running"
    assert f"fiberwise watch {name_of(handle.id)[:8]}" in error.hint


async def test_an_unknown_one(client: Client, settings: Settings):
    with pytest.raises(NotFound, match="there is no execution"):
        await retry(client, settings, str(uuid4()), Again())


async def test_a_foreign_one(client: Client, settings: Settings):
    handle = await client.start_workflow(
        ReconcileRecords.run, Window(), id=f"foreign-{uuid4()}", task_queue=settings.task_queue
    )
    await handle.terminate()
    with pytest.raises(Refused, match="is a `reconcile-records`, which is no pipeline of ours"):
        await retry(client, settings, handle.id, Again())


async def test_one_that_stood_in_for_another(stage: Stage):
    parent = await stage.ended(Bend(plain=["break"]), "mendable", faults={"left": "fail"}, hold=False)
    [child] = (await ended(parent)).fell_to
    error = await _refusal(stage, stage.handle(child))

    assert parent.id in error.message
    assert error.hint == f"fiberwise retry {name_of(parent.id)[:8]}"


async def test_a_step_that_does_not_exist(stage: Stage):
    error = await _refusal(stage, await stage.ended(faults={"left": "fail"}), from_step="middle")

    assert (error.message, error.hint) == ("`middle` is no step of scripted", "there are: first, left, right")


async def test_a_change_that_the_request_has_no_field_for(stage: Stage):
    error = await _refusal(stage, await stage.ended(faults={"left": "fail"}), "lefft=[]")

    assert "did you mean `left`?" in error.message


async def test_one_that_temporal_no_longer_has(stage: Stage):
    handle = await stage.ended(faults={"left": "fail"})
    await forget(stage.client, handle.id)
    with pytest.raises(Refused, match="Temporal no longer has its history") as caught:
        await stage.retry(handle)

    assert "fiberwise rerun" in caught.value.hint


async def test_what_is_carried_on_by_one_that_succeeded(stage: Stage):
    handle = await stage.ended(faults={"left": "fail"})
    newer = await stage.retry(handle)
    await ended(newer)
    with pytest.raises(Refused, match=f"{newer.id} succeeded"):
        await stage.retry(handle)


async def test_changes_that_come_while_it_is_carried_on(stage: Stage):
    handle = await stage.ended(Script(left=["break"]))
    newer = await stage.retry(handle, 'left=["nap"]')
    with pytest.raises(Refused, match="come too late"):
        await stage.retry(handle, from_step="first")
    await newer.terminate()
