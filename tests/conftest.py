"""One real Temporal server for the whole session, with skipped time; a task queue and a state folder per test."""

import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from temporalio.client import Client
from temporalio.plugin import SimplePlugin
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import WorkerConfig

from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.runtime.payload_storage import ArtifactPayloads
from fiberwise.runtime.plugin import plugin
from fiberwise.runtime.server_args import tuned_args
from fiberwise.runtime.settings import Settings
from fiberwise.store.artifacts import ArtifactStore
from fiberwise.store.recorder import Recorder
from worker import build

SKIPPING = ["--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true"]
# A test that deletes an execution would wait for most of a minute until the server has done so.
FORGETTING = ["--dynamic-config-value", "history.transferProcessorEnsureCloseBeforeDelete=false"]
# A machine that runs the tests may be slow: how long an example takes says nothing of the code.
hypothesis_settings.register_profile(
    "suite", max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# By hand: `--hypothesis-profile=long --timeout=0` looks further, and each time elsewhere.
hypothesis_settings.register_profile(
    "long",
    hypothesis_settings.get_profile("suite"),
    max_examples=300,
    stateful_step_count=12,
)
hypothesis_settings.load_profile("suite")
Serve = Callable[..., AbstractAsyncContextManager[Recorder]]


@pytest.fixture(scope="session")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("artifacts"))


class Impatient(SimplePlugin):
    """What waits for a worker that has left goes to the next one soon, not after ten seconds."""

    def configure_worker(self, config: WorkerConfig) -> WorkerConfig:
        soon: WorkerConfig = {"sticky_queue_schedule_to_start_timeout": timedelta(seconds=0.5)}
        return super().configure_worker(config | soon)


async def skipping(ours: SimplePlugin) -> WorkflowEnvironment:
    """The pinned server in memory; a backoff or a timer passes at once."""
    program = Path(sys.executable).with_name("temporal")
    return await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=str(program),
        dev_server_extra_args=[*tuned_args(), *SKIPPING, *FORGETTING],
        dev_server_log_level="error",
        plugins=[ours, Impatient("impatient")],
    )


@pytest.fixture(scope="session")
async def env(artifacts: str) -> AsyncGenerator[WorkflowEnvironment]:
    async with await skipping(plugin(ArtifactPayloads(ArtifactStore(artifacts)))) as environment:
        yield environment


@pytest.fixture
def client(env: WorkflowEnvironment) -> Client:
    return env.client


@pytest.fixture
def settings(tmp_path: Path, artifacts: str) -> Settings:
    home = tmp_path / "home"
    home.mkdir()
    queue = f"test-{uuid4().hex[:8]}"
    return Settings(home=home, artifacts=artifacts, task_queue=queue, allow_faults=True, grace_seconds=0.2)


@pytest.fixture
def serve(client: Client, settings: Settings) -> Serve:
    """`async with serve({"name": Class})`: a worker for these pipelines, with a real record store on SQLite."""

    @asynccontextmanager
    async def serving(pipelines: dict[str, type[Pipeline]]) -> AsyncGenerator[Recorder]:
        recorder = Recorder(settings.database_url, settings.artifacts_url)
        async with build(client, settings, pipelines, recorder):
            yield recorder
        await recorder.close()

    return serving
