"""A worker that is killed while it computes for many: one of those that wait does it instead, soon."""

import asyncio
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import uuid4

from sqlalchemy import Engine, text
from temporalio.client import Client

from fiberwise.runtime.settings import Settings
from fiberwise.store.engine import open_store
from tests.conftest import Serve
from tests.integration.cli.program import ROOT
from tests.workflows.cached import PIPELINES, Question
from tests.workflows.running import begin, ended

# The lease of a dead worker runs out in 3 s; a worker that is killed is noticed by its heartbeats in 10.
SOON = 8


@asynccontextmanager
async def elsewhere(client: Client, settings: Settings) -> AsyncGenerator[asyncio.subprocess.Process]:
    """A worker in another process, on a task queue of its own. It is killed at the latest when the block ends."""
    environment = {
        "FIBERWISE_HOME": str(settings.home),
        "FIBERWISE_ARTIFACTS": settings.artifacts,
        "FIBERWISE_TASK_QUEUE": settings.task_queue,
    }
    command = [sys.executable, "-m", "tests.chaos.computing", client.service_client.config.target_host]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=PIPE)
    assert process.stdout
    await process.stdout.readline()
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_when_the_worker_that_computes_is_killed_another_takes_over(
    client: Client, settings: Settings, serve: Serve
):
    question = Question(text=uuid4().hex, seconds=2)
    there = settings.model_copy(update={"task_queue": f"{settings.task_queue}-there"})
    async with serve(PIPELINES), elsewhere(client, there) as worker:
        lost = await begin(client, there, "cached", question)
        await _computes(settings)
        waiting = [await begin(client, settings, "cached", question) for _ in range(3)]
        worker.kill()
        killed = time.monotonic()
        results = [await ended(handle) for handle in waiting]
        seconds = time.monotonic() - killed
        await lost.terminate()
    found = sorted(result.execution_log[-1].status for result in results)
    assert found == ["cached", "cached", "completed"]
    assert seconds < SOON


async def _computes(settings: Settings) -> None:
    """Until somebody has the lease."""
    engine = open_store(settings.database_url)
    async with asyncio.timeout(10):
        while not _leases(engine):  # noqa: ASYNC110 - another process gives no signal
            await asyncio.sleep(0.05)
    engine.dispose()


def _leases(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(text("select count(*) from step_cache_leases")).scalar_one()
