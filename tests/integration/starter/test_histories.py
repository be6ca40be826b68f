"""A recorded history needs nothing beside it, also where payloads of its run are in the artifact store."""

from temporalio.client import Client
from temporalio.worker import Replayer

from fiberwise.runtime.plugin import plugin
from fiberwise.runtime.settings import Settings
from starter.histories import whole_history
from tests.conftest import Serve
from tests.workflows.running import begin, ended
from tests.workflows.scripted import Script, ScriptedPipeline

LONG = Script(first=["long text"])  # past the size at which a payload is kept outside of history


async def test_it_replays_without_the_artifact_store(client: Client, settings: Settings, serve: Serve):
    async with serve({"scripted": ScriptedPipeline}):
        handle = await begin(client, settings, "scripted", LONG)
        await ended(handle)
    history = await whole_history(client, handle.id)

    await Replayer(workflows=[ScriptedPipeline], plugins=[plugin(None)]).replay_workflow(history)
