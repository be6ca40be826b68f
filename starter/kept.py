"""Executions that Temporal has forgotten, since its retention passed, and that the record store still knows."""

import asyncio
from dataclasses import dataclass

from temporalio.client import Client

from fiberwise.contracts.errors import NotFound, ServiceUnavailable
from fiberwise.contracts.record import Execution
from fiberwise.contracts.view import ExecutionView, RunAnswer
from fiberwise.runtime.settings import Settings
from starter import executions


@dataclass(frozen=True)
class Kept:
    """What the record store has of an execution that is gone from Temporal: how it ended, and its answer."""

    view: ExecutionView
    answer: RunAnswer

    @property
    def note(self) -> str:
        return f"Temporal no longer has {self.view.workflow_id}: this is what the record store kept of it"


async def forgotten(client: Client, settings: Settings, workflow_id: str) -> Execution | None:
    """The record of an execution that Temporal no longer has; None where it has it, or there never was one.

    One that is recorded as running was begun, and nobody knows how far it came: it counts like one that ended.
    Raises ServiceUnavailable when the record store does not answer: to do an execution a second time is just what a
    key is to prevent. A SQLite file that is not there is an empty store: then Temporal alone remembers.
    """
    from starter import records  # SQLAlchemy takes 0.4 s to import, and few ask the store

    if await executions.is_known(client, workflow_id):
        return None
    try:
        found = await asyncio.to_thread(records.recorded, settings, workflow_id)
    except ServiceUnavailable as error:
        hint = "mend it or FIBERWISE_DATABASE, or start without a key"
        message = f"nobody can tell whether the key was used before: {error.message}"
        raise ServiceUnavailable(message, where=error.where, hint=hint) from error
    # Another start with the key may have begun it between the two questions.
    return None if found and await executions.is_known(client, workflow_id) else found


async def find(client: Client, settings: Settings, asked: str) -> str | Kept:
    """The workflow id, as `executions.find`; of an execution that Temporal no longer has, what is kept of it.

    Raises as `executions.find`; ServiceUnavailable when the record store does not answer either, ArtifactMissing and
    ArtifactCorrupt for a large result that the artifact store has lost.
    """
    try:
        return await executions.find(client, asked)
    except NotFound:
        from starter import records

        found = await asyncio.to_thread(records.stored, settings, asked)
        if found is None:
            raise
    if await executions.is_known(client, found.workflow_id):
        return found.workflow_id  # the server's list comes a moment late
    return await asyncio.to_thread(records.kept, settings, found)
