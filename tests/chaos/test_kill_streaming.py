"""Whatever is killed by SIGKILL in the middle of a stream, only the chunks that were in flight are done again."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.client import Client
from temporalio.service import RPCError

from fiberwise.runtime.polling import until
from fiberwise.runtime.settings import Settings
from starter.client import FiberWise
from starter.connection import attached
from tests.chaos.killing import kill
from tests.integration.cli.program import ROOT, staying

PIPELINE, PENGUINS = "complex-multi-agent", str(ROOT / "examples" / "penguins.csv")
SLOW = 3
"""The chunk that is under way at the kill, when all others of its round are done."""


@pytest.mark.parametrize(
    ("step", "killed"),
    [("ingest", ("worker",)), ("extract", ("server",)), ("transform", ("worker", "server"))],
)
async def test_the_chunks_that_were_done_are_not_done_again(
    step: str, killed: tuple[str, ...], environment: dict[str, str], home: Path
):
    settings, small = Settings(home=home), environment | {"FIBERWISE_CHUNK_BYTES": "2048"}
    with staying(small, "dev") as (dev, _):
        asked = {"data": PENGUINS, "null_tokens": ["NA", uuid4().hex]}
        fiberwise = await FiberWise.connect(settings)
        run = (await fiberwise.start(PIPELINE, asked, stream=True, faults={f"{step}#{SLOW}": "slow"})).handle
        await _alone((await attached(settings)).client, f"{run.id}/{step}.1.1", f"{step}#{SLOW}.1")
        await kill(dev, killed, home)
        if "worker" not in killed:
            assert await until(lambda: dev.poll() is not None, 20)
    with staying(small, "dev"):
        answer = await (await FiberWise.connect(settings)).answer(run.id)
        attempts = await _attempts((await attached(settings)).client, f"{run.id}/{step}.1.1")

    assert (answer.outcome, answer.reasons) == ("full", [])
    assert len(attempts) > SLOW
    assert {name: count for name, count in attempts.items() if count > 1} == {f"{step}#{SLOW}.1": 2}


async def _alone(client: Client, workflow_id: str, slow: str) -> None:
    """Returns once the slow chunk alone is under way. Raises TimeoutError."""
    async with asyncio.timeout(60):
        while await _pending(client, workflow_id) != [slow]:  # noqa: ASYNC110 - the server gives no signal
            await asyncio.sleep(0.1)


async def _pending(client: Client, workflow_id: str) -> list[str]:
    try:
        described = await client.get_workflow_handle(workflow_id).describe()
    except RPCError:  # it has not begun
        return []
    return [one.activity_id for one in described.raw_description.pending_activities]


async def _attempts(client: Client, workflow_id: str) -> dict[str, int]:
    """By the id of each activity: at which attempt it was done."""
    events = (await client.get_workflow_handle(workflow_id).fetch_history()).events
    ids = {event.event_id: event.activity_task_scheduled_event_attributes.activity_id for event in events}
    found = [event.activity_task_started_event_attributes for event in events]
    return {ids[one.scheduled_event_id]: one.attempt for one in found if one.scheduled_event_id}
