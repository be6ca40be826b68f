"""A worker for the tests' own pipelines, which count as ours meanwhile."""

from collections.abc import AsyncGenerator
from contextlib import suppress

import pytest
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from fiberwise.runtime.settings import Settings
from starter.client import FiberWise
from starter.connection import Connection
from tests.conftest import Serve
from tests.integration.starter.steering import PIPELINES, Steering
from workflows import AVAILABLE_PIPELINES


@pytest.fixture
async def unserved(
    env: WorkflowEnvironment, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Steering]:
    for name, pipeline in PIPELINES.items():
        monkeypatch.setitem(AVAILABLE_PIPELINES, name, pipeline)
    steering = Steering(env, settings, FiberWise(Connection(env.client, settings, ""), user="ann"))
    yield steering
    for handle in steering.begun:
        with suppress(RPCError):
            await handle.terminate()


@pytest.fixture
async def steering(unserved: Steering, serve: Serve) -> AsyncGenerator[Steering]:
    async with serve(PIPELINES):
        yield unserved
