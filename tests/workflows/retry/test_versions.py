"""What a step gave in a version that it no longer has is not taken over."""

import pytest
from temporalio.client import Client

from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.runtime.settings import Settings
from tests.conftest import Serve
from tests.workflows.retry.revised import RevisedPipeline
from tests.workflows.retry.stage import Stage, statuses
from tests.workflows.scripted import ScriptedPipeline
from workflows import AVAILABLE_PIPELINES


@pytest.mark.parametrize(
    ("then", "first"), [(ScriptedPipeline, ["completed"]), (RevisedPipeline, ["cached"])]
)
async def test_history_tells_by_which_version_a_result_was_made(
    client: Client,
    settings: Settings,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
    then: type[Pipeline],
    first: list[str],
):
    stage = Stage(client, settings)
    async with serve({"scripted": then}):
        handle = await stage.ended(faults={"left": "fail"})
    monkeypatch.setitem(AVAILABLE_PIPELINES, "scripted", RevisedPipeline)
    async with serve({"scripted": RevisedPipeline}):
        result = await stage.retried(handle)

    assert statuses(result)["first"] == first
