"""Executions that end, and are carried on."""

from typing import Any

from temporalio.client import Client, WorkflowHandle

from fiberwise.runtime.settings import Settings
from starter.retrying import Again, retry
from tests.workflows.running import Result, begin, ended, told
from tests.workflows.scripted import Script

Handle = WorkflowHandle[Any, Result]


class Stage:
    def __init__(self, client: Client, settings: Settings) -> None:
        self.client, self.settings = client, settings

    async def ended(self, request: object = Script(), pipeline: str = "scripted", **options: Any) -> Handle:
        """An execution that ended by itself, well or not."""
        handle = await begin(self.client, self.settings, pipeline, request, **options)
        await ended(handle)
        return handle

    async def retry(self, handle: Handle, *changes: str, **again: Any) -> Handle:
        """The execution that carries it on, just begun."""
        started = await retry(self.client, self.settings, handle.id, Again("ann", changes=changes, **again))
        return self.handle(started.handle.id)

    def handle(self, workflow_id: str) -> Handle:
        return self.client.get_workflow_handle(workflow_id, result_type=Result)

    async def retried(self, handle: Handle, *changes: str, **again: Any) -> Result:
        return await ended(await self.retry(handle, *changes, **again))


def statuses(result: Result) -> dict[str, list[str]]:
    """By step, of each attempt."""
    return {
        entry.step: [status for _, status in told(result.execution_log, entry.step)]
        for entry in result.execution_log
    }
