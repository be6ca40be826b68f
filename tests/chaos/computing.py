"""A worker in a process of its own, for a test that kills it: `python -m tests.chaos.computing ADDRESS`."""

import asyncio
import sys

from temporalio.client import Client

from fiberwise.runtime.settings import Settings
from fiberwise.store.recorder import Recorder
from starter.connection import our_plugin
from tests.workflows.cached import PIPELINES
from worker import build


async def serve(address: str) -> None:
    """Until it is killed. Its settings come by the environment."""
    settings = Settings()
    client = await Client.connect(address, plugins=[our_plugin(settings)])
    async with build(client, settings, PIPELINES, Recorder(settings.database_url, settings.artifacts_url)):
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
