"""The client's calls that do an execution again."""

import pytest
from temporalio.client import Client

from fiberwise.contracts.errors import BadInput
from fiberwise.runtime.settings import Settings
from starter.client import FiberWise
from starter.connection import Connection
from starter.retrying.line import name_of
from tests.conftest import Serve
from tests.workflows.running import begin, ended
from tests.workflows.scripted import Script, ScriptedPipeline
from workflows import AVAILABLE_PIPELINES


@pytest.fixture
def fiberwise(client: Client, settings: Settings) -> FiberWise:
    return FiberWise(Connection(client, settings, ""), user="ann")


@pytest.fixture
async def failed(client: Client, settings: Settings, serve: Serve, monkeypatch: pytest.MonkeyPatch):
    """The id of an execution of which `left` failed."""
    monkeypatch.setitem(AVAILABLE_PIPELINES, "scripted", ScriptedPipeline)
    async with serve({"scripted": ScriptedPipeline}):
        handle = await begin(client, settings, "scripted", Script(left=["break"]))
        await ended(handle)
        yield name_of(handle.id)


async def test_retry_carries_it_on(fiberwise: FiberWise, failed: str):
    started = await fiberwise.retry(failed, changes={"left": []})
    answer = await fiberwise.answer(started.execution_id)

    assert (answer.outcome, answer.metadata.retry_of, answer.metadata.user) == ("full", failed, "ann")


async def test_rerun_does_it_all(fiberwise: FiberWise, failed: str):
    started = await fiberwise.rerun(failed, changes={"left": []})
    answer = await fiberwise.answer(started.execution_id)

    assert (answer.outcome, answer.metadata.rerun_of) == ("full", failed)


async def test_a_step_that_does_not_exist_is_refused(fiberwise: FiberWise, failed: str):
    with pytest.raises(BadInput, match="is no step of scripted"):
        await fiberwise.retry(failed, from_step="middle")
