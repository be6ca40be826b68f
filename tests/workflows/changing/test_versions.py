"""The worked example of docs/changing.md: old and new code side by side, each run on the code that began it."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from fiberwise.changing.build import build_id
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.runtime.settings import Settings
from fiberwise.store.recorder import Recorder
from starter.cli.deploying import admit
from starter.deploying import Bound, check
from tests.workflows.changing.conftest import Begin, stands_at
from tests.workflows.changing.report import EnrichedPipeline, PatchedPipeline, Report, ReportPipeline
from tests.workflows.changing.test_patch import NEW, OLD
from tests.workflows.running import begin, ended
from worker import build
from workflows import AVAILABLE_PIPELINES

FIRST, SECOND = {"report": ReportPipeline}, {"report": EnrichedPipeline}
TEMPORAL = Path(sys.executable).with_name("temporal")


@pytest.fixture
def versioned(settings: Settings) -> Settings:
    """Under a deployment of its own: the name is known to the whole server."""
    return settings.model_copy(update={"versioning": "pinned", "deployment": settings.task_queue})


@asynccontextmanager
async def current(
    client: Client, settings: Settings, pipelines: dict[str, type[Pipeline]]
) -> AsyncGenerator[None]:
    """A worker of this code, made the current version as docs/changing.md says."""
    recorder = Recorder(settings.database_url, settings.artifacts_url)
    async with build(client, settings, pipelines, recorder):
        async with asyncio.timeout(20):
            while not await _made_current(client, settings, build_id(pipelines)):  # noqa: ASYNC110 - known once it has polled
                await asyncio.sleep(0.1)
        yield
    await recorder.close()


async def _made_current(client: Client, settings: Settings, build: str) -> bool:
    where = ["--address", client.service_client.config.target_host, "--deployment-name", settings.deployment]
    command = [TEMPORAL, "worker", "deployment", "set-current-version", *where, "--build-id", build, "--yes"]
    quiet = asyncio.subprocess.DEVNULL
    return await (await asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet)).wait() == 0


async def test_old_runs_end_on_old_code_and_new_runs_on_new_code(
    env: WorkflowEnvironment, client: Client, versioned: Settings
):
    async with current(client, versioned, FIRST):
        old = await stands_at(env, versioned, "synthesize")
        async with current(client, versioned, SECOND):
            new = await begin(client, versioned, "report", Report())
            assert (await ended(new)).results == NEW
            await env.fast_forward(old, timedelta(minutes=5))
            assert (await ended(old)).results == OLD


async def test_what_an_unversioned_worker_began_goes_to_the_current_version(
    env: WorkflowEnvironment, client: Client, versioned: Settings, standing: Begin
):
    old = await standing("synthesize")
    async with current(client, versioned, {"report": PatchedPipeline}):
        await env.fast_forward(old, timedelta(minutes=5))
        assert (await ended(old)).results == OLD


async def test_what_is_pinned_stays_on_its_version_and_breaks_nothing(
    env: WorkflowEnvironment,
    client: Client,
    versioned: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setitem(AVAILABLE_PIPELINES, "report", EnrichedPipeline)
    async with current(client, versioned, FIRST):
        old = await stands_at(env, versioned, "publish")
        async with asyncio.timeout(10):
            while not (found := await check(client, versioned, Bound(10))).staying:  # noqa: ASYNC110 - it lists late
                await asyncio.sleep(0.1)
        await admit(client, versioned)
        await old.terminate()
    [change] = found.changes
    assert (found.breaking, change.executions, change.versions) == (0, 1, [build_id(FIRST)])
    told = " ".join(capsys.readouterr().err.split())
    assert (
        "step `enrich` is new before `synthesize`: 1 running execution would break, 1 of them has passed it"
        in told
    )
    assert f"they stay on version {build_id(FIRST)}" in told
