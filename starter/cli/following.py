"""Watching an execution until its end, with what a terminal, or a log, is to show of it meanwhile."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from fiberwise.contracts.errors import ServiceUnavailable
from fiberwise.contracts.view import RunAnswer
from starter import answers, views
from starter.cli.board import board
from starter.connection import Connection
from starter.phases import HELD

POLL_SECONDS = 0.25
# In these phases nothing will happen by itself.
STUCK = (*HELD, "blocked")


async def follow(reached: Connection, workflow_id: str) -> RunAnswer:
    """The answer of an execution, shown live until then. Raises ServiceUnavailable when its server goes away."""
    ending = asyncio.create_task(
        answers.answer(reached.client, workflow_id, reached.ui_url, reached.settings.artifacts_url)
    )
    watched = {ending, *_server_gone(reached)}
    try:
        with board() as shown:
            while not any(task.done() for task in watched):
                shown.show(await views.view(reached.client, workflow_id, reached.ui_url))
                await asyncio.wait(watched, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not ending.done():
                raise _gone(reached, workflow_id)
            found = await ending
            shown.end(found)
            return found
    finally:
        for task in watched:
            task.cancel()


async def ends(reached: Connection, workflow_id: str) -> str:
    """Waits while an execution moves on; returns its outcome, or the phase in which it is held."""
    while True:
        found = await views.view(reached.client, workflow_id)
        if found.status != "running":
            return found.outcome or found.status
        if found.phase in STUCK:
            return found.phase
        await asyncio.sleep(POLL_SECONDS)


def _server_gone(reached: Connection) -> list[asyncio.Task[Any]]:
    if not reached.stack:
        return []
    gone: Coroutine[Any, Any, None] = reached.stack.ended()
    return [asyncio.create_task(gone)]


def _gone(reached: Connection, workflow_id: str) -> ServiceUnavailable:
    hint = (
        f"start again: {workflow_id} goes on where it was; its log is {reached.settings.logs / 'server.log'}"
    )
    return ServiceUnavailable("the Temporal server ended", where=str(reached.settings.home), hint=hint)
