"""What a changed request does to the results that are taken over: history, replayed with it, tells exactly."""

from collections.abc import Sequence
from typing import Any

from temporalio import workflow
from temporalio.api.common.v1 import Payloads
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import (
    ExecuteWorkflowInput,
    Interceptor,
    Replayer,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

from fiberwise.contracts.errors import BadInput
from fiberwise.contracts.execution import Entry
from fiberwise.contracts.options import Taken
from fiberwise.runtime.settings import Settings
from starter.connection import our_plugin
from starter.starts import Ordered
from workflows import AVAILABLE_PIPELINES


async def check_fit(
    client: Client,
    settings: Settings,
    handle: WorkflowHandle[Any, Any],
    order: Ordered,
    taken: Sequence[Taken],
) -> None:
    """Raises BadInput, naming the steps, where results were made of what the order's request changes."""
    unfit = await _unfit(client, settings, handle, order, taken) if taken else []
    if unfit:
        told = f"{' and '.join(dict.fromkeys(unfit))} would have to be done again, since the input changes"
        hint = (
            f"`--from {unfit[0]}` allows that, for this step and what came after it; `rerun` does it all anew"
        )
        raise BadInput(told, where="--set", hint=hint)


async def _unfit(
    client: Client,
    settings: Settings,
    handle: WorkflowHandle[Any, Any],
    order: Ordered,
    taken: Sequence[Taken],
) -> list[str]:
    """A step whose input is another then; and, where the run goes another way, each that is not met on it."""
    history = await handle.fetch_history()
    started = history.events[0].workflow_execution_started_event_attributes
    started.input.CopyFrom(Payloads(payloads=await client.data_converter.encode([order.request])))
    watching = _Watching()
    replayer = Replayer(
        workflows=[AVAILABLE_PIPELINES[order.pipeline.name]],
        plugins=[our_plugin(settings)],
        interceptors=[watching],
        debug_mode=True,  # a slow machine is no reason to refuse
    )
    replayed = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    then = _hashes(watching.log)
    lost = replayed.replay_failure is not None
    return [one.step for one in taken if _differs(one, then, lost)]


def _hashes(log: Sequence[Entry]) -> dict[tuple[str, int], str]:
    """Of the input with which each call began; a person may have edited it later."""
    return {(entry.step, entry.call): entry.input_hash for entry in reversed(log)}


def _differs(taken: Taken, then: dict[tuple[str, int], str], lost: bool) -> bool:
    met = then.get((taken.step, taken.call))
    return lost if met is None else met != taken.input_hash


class _Watching(Interceptor):
    """Keeps hold of the pipeline that is replayed."""

    log: Sequence[Entry] = ()

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor]:
        watching = self

        class Inbound(WorkflowInboundInterceptor):
            async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:
                watching.log = getattr(workflow.instance(), "log", ())
                return await self.next.execute_workflow(input)

        return Inbound
