"""A program of ours from start to end, as the CLI runs one, with a run that fails and one replayed at each task.

`python -m tests.integration.telemetry.traced [once]`, where TEMPORAL_ADDRESS names a server.
"""

import sys
import time
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.plugin import SimplePlugin
from temporalio.worker import Replayer, WorkerConfig

from fiberwise.runtime.settings import Settings
from fiberwise.runtime.telemetry import telemetry
from fiberwise.store.recorder import Recorder
from starter.cli.exits import leave
from starter.cli.session import act
from starter.cli.terminal import answer_json
from starter.connection import attached, our_plugin
from tests.integration.telemetry.retried import RetriedPipeline
from tests.workflows.running import begin, ended
from tests.workflows.scripted import Script
from worker import build


class Forgetful(SimplePlugin):
    """A worker that keeps no run between two of its tasks, and so replays each from its beginning."""

    def configure_worker(self, config: WorkerConfig) -> WorkerConfig:
        return {**config, "max_cached_workflows": 0}


async def work(settings: Settings) -> int:
    """Prints each run's workflow id, how long the first took in s, and when all was done."""
    reached = await attached(settings)
    remembering, seconds = await run(reached.client, settings, Script(first=["error"], right=["bad input"]))
    told = {"remembering": remembering, "seconds": seconds}
    if "once" not in sys.argv:
        told["forgetting"] = await forgetting(reached.client, settings)
        for workflow_id in (remembering, told["forgetting"]):
            await replay(reached.client.get_workflow_handle(workflow_id), settings)
    answer_json({**told, "ended": time.time()})
    return 0


async def run(client: Client, settings: Settings, script: Script) -> tuple[str, float]:
    recorder = Recorder(settings.database_url, settings.artifacts_url)
    async with build(client, settings, {"retried": RetriedPipeline}, recorder):
        began = time.monotonic()
        handle = await begin(client, settings, "retried", script)
        await ended(handle)
        seconds = time.monotonic() - began
        await handle.query("progress")
    await recorder.close()
    return handle.id, seconds


async def forgetting(client: Client, settings: Settings) -> str:
    plugins = [*plugins_of(settings), Forgetful("forgetful")]
    again = await Client.connect(client.service_client.config.target_host, plugins=plugins)
    return (await run(again, settings, Script(first=["error"])))[0]


async def replay(handle: WorkflowHandle[Any, Any], settings: Settings) -> None:
    replayer = Replayer(workflows=[RetriedPipeline], plugins=plugins_of(settings))
    await replayer.replay_workflow(await handle.fetch_history())


def plugins_of(settings: Settings) -> list[SimplePlugin]:
    return [our_plugin(settings), *telemetry().plugins]


if __name__ == "__main__":
    leave(act(work))
