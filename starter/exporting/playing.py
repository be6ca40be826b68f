"""Replays a recorded run on today's code, and runs it again on a server that skips time, its steps stubbed."""

import asyncio
from contextlib import nullcontext
from typing import Any

from temporalio.api.history.v1 import WorkflowExecutionStartedEventAttributes
from temporalio.client import Client, WorkflowHandle, WorkflowHistory, WorkflowUpdateFailedError
from temporalio.common import RawValue
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer

from fiberwise.contracts.execution import PipelineResult
from fiberwise.contracts.options import RunOptions
from fiberwise.pipeline.results import result_of
from fiberwise.runtime.plugin import plugin
from fiberwise.runtime.server_args import tuned_args
from fiberwise.runtime.server_binary import find_server
from fiberwise.runtime.settings import Settings
from starter.exporting.recorded import Ask, recorded
from starter.exporting.stubs import Stubs
from starter.rehearsal.stage import SILENT, SKIPPING

Result = PipelineResult[Any, Any]
PLAY_SECONDS = 60
# A running stub stops the skipping clock, so that a deadline which cut off a step has to pass in truth.
SHORT_DEADLINE = 2.0


async def replay(pipeline: type, history: WorkflowHistory) -> None:
    """Raises NondeterminismError where today's code gives other commands, RuntimeError where it fails."""
    await Replayer(workflows=[pipeline], plugins=[plugin(None)]).replay_workflow(history)


async def play(pipeline: type, history: WorkflowHistory, timed_out: bool) -> Result:
    """How the run ends today. Raises TimeoutError where it does not, ServiceUnavailable without a server program."""
    found = recorded(history.events)
    begun = history.events[0].workflow_execution_started_event_attributes
    stubs = Stubs(found)
    async with await _environment() as env:
        queue = begun.task_queue.name
        # A run that waits for a person would skip at once to the end of its patience.
        clock = env.with_time_skipping_disabled() if found.asks else nullcontext()
        async with asyncio.timeout(PLAY_SECONDS), stubs.worker(env.client, queue, pipeline):
            with clock:
                handle = await _start(env.client, begun, timed_out)
            for ask in found.asks:
                await _ask(handle, stubs, ask)
                await stubs.was_asked()
            return await result_of(handle)


async def _environment() -> WorkflowEnvironment:
    return await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=str(find_server(Settings())),
        dev_server_extra_args=[*tuned_args(), *SKIPPING, *SILENT],
        dev_server_log_level="never",
        plugins=[plugin(None)],
    )


async def _start(
    client: Client, begun: WorkflowExecutionStartedEventAttributes, timed_out: bool
) -> WorkflowHandle[Any, Any]:
    """With the request, the options and the id that it had; a fallback's child has no parent here."""
    memo: dict[str, Any] = {name: RawValue(value) for name, value in begun.memo.fields.items()}
    if timed_out:
        [options] = await client.data_converter.decode([begun.memo.fields["run"]], [RunOptions])
        memo["run"] = options.model_copy(update={"deadline_seconds": SHORT_DEADLINE})
    return await client.start_workflow(
        begun.workflow_type.name,
        args=[RawValue(value) for value in begun.input.payloads],
        id=begun.workflow_id,
        task_queue=begun.task_queue.name,
        memo=memo,
    )


async def _ask(handle: WorkflowHandle[Any, Any], stubs: Stubs, ask: Ask) -> None:
    """As often as the run refuses it, since it is not there yet."""
    await stubs.have_begun(ask.open)
    if not ask.update:
        return await handle.cancel(reason=ask.reason)
    while True:
        try:
            given = [RawValue(one) for one in ask.input]
            return await handle.execute_update(ask.update, args=given)  # pyright: ignore[reportUnknownMemberType]  # a gap in its own types
        except WorkflowUpdateFailedError:
            await asyncio.sleep(0.05)
