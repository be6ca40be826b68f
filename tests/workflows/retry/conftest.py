"""A worker for the pipelines of the tests, which the registry knows too while a test lasts."""

from collections.abc import AsyncGenerator

import pytest
from temporalio.client import Client

from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.runtime.settings import Settings
from tests.conftest import Serve
from tests.workflows import chunked
from tests.workflows.bending import PIPELINES
from tests.workflows.retry.stage import Stage
from tests.workflows.scripted import ScriptedPipeline
from workflows import AVAILABLE_PIPELINES

USED = ("mendable", "plain", "undone")
SERVED: dict[str, type[Pipeline]] = {
    "scripted": ScriptedPipeline,
    **chunked.PIPELINES,
    **{name: PIPELINES[name] for name in USED},
}


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch):
    for name, pipeline in SERVED.items():
        monkeypatch.setitem(AVAILABLE_PIPELINES, name, pipeline)


@pytest.fixture
async def stage(client: Client, settings: Settings, serve: Serve, registered: None) -> AsyncGenerator[Stage]:
    async with serve(SERVED):
        yield Stage(client, settings)
