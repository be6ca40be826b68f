"""Every history tells which code made it, also where versioning is off."""

from temporalio.client import Client

from fiberwise.changing.build import build_id
from fiberwise.runtime.settings import Settings
from tests.conftest import Serve
from tests.workflows.running import begin, ended
from tests.workflows.scripted import Script, ScriptedPipeline

PIPELINES = {"scripted": ScriptedPipeline}


async def test_an_unversioned_worker_ends_its_runs_and_signs_their_histories(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "scripted", Script())
        assert (await ended(handle)).outcome == "full"
    signed = {
        event.workflow_task_completed_event_attributes.worker_version.build_id
        for event in (await handle.fetch_history()).events
        if event.HasField("workflow_task_completed_event_attributes")
    }
    assert signed == {build_id(PIPELINES)}
