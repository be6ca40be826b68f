"""Where a rehearsal is played: a server that skips time, and a worker process that may be killed."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from fiberwise.contracts.errors import ServiceUnavailable
from fiberwise.runtime.server_args import tuned_args
from fiberwise.runtime.server_binary import find_server
from fiberwise.runtime.settings import Settings
from starter.connection import our_plugin

SKIPPING = ("--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true")
SILENT = ("--output", "none")  # it would write its greeting to our stdout
# A worker that cannot even start would otherwise be started again for ever.
MOST_STARTS = 100


@asynccontextmanager
async def stage(settings: Settings) -> AsyncGenerator[Client]:
    """A client of a server in memory, served by a worker that is started again whenever it dies.

    `settings.home` holds all that the rehearsal writes. Raises ServiceUnavailable where no server program is found,
    and, whatever the block waits for, once the worker does not stay up.
    """
    async with await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=str(find_server(settings)),
        dev_server_extra_args=[*tuned_args(), *SKIPPING, *SILENT],
        dev_server_log_level="never",
        plugins=[our_plugin(settings)],
    ) as environment:
        address = environment.client.service_client.config.target_host
        serving = asyncio.create_task(_serve(settings, address))
        try:
            async with _while_served(serving):
                yield environment.client
        finally:
            serving.cancel()
            await asyncio.wait({serving})


@asynccontextmanager
async def _while_served(serving: asyncio.Task[None]) -> AsyncGenerator[None]:
    """Its time is out when nothing serves any more: what is played would then wait for ever."""
    playing = asyncio.timeout(None)

    def give_up(ended: asyncio.Task[None]) -> None:
        if not ended.cancelled():
            playing.reschedule(0)

    try:
        async with playing:
            serving.add_done_callback(give_up)
            yield
    except TimeoutError:
        if not playing.expired():
            raise
        message = f"the worker of the rehearsal does not stay up: it ended {MOST_STARTS} times"
        hint = "`fiberwise worker` says why"
        raise ServiceUnavailable(message, where="rehearse", hint=hint) from serving.exception()


async def _serve(settings: Settings, address: str) -> None:
    for _ in range(MOST_STARTS):
        process = await _worker(settings, address)
        try:
            await process.wait()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise


async def _worker(settings: Settings, address: str) -> Process:
    own = {
        "TEMPORAL_ADDRESS": address,
        "TEMPORAL_NAMESPACE": "default",
        "FIBERWISE_HOME": str(settings.home),
        "FIBERWISE_TASK_QUEUE": settings.task_queue,
        "FIBERWISE_ALLOW_FAULTS": "1",
    }
    others = {
        name: value for name, value in os.environ.items() if not name.startswith(("TEMPORAL_", "FIBERWISE_"))
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "starter", "worker", env={**others, **own}, stdout=DEVNULL, stderr=DEVNULL
    )
