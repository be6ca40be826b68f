"""An attempt that fails while its run is paused is not tried again until `resume`: the run itself cannot see to it."""

import asyncio
from contextlib import suppress
from typing import TypedDict

from temporalio import activity
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import PauseActivityRequest, UnpauseActivityRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError

from fiberwise.contracts.activity_id import ActivityId

PHASE = SearchAttributeKey.for_keyword("Phase")
ASK_SECONDS = 2
WHY = "it failed while its run was paused"


class _Which(TypedDict):
    namespace: str
    execution: WorkflowExecution
    identity: str
    id: str


async def hold_back(info: activity.Info) -> None:
    """Call it before the attempt's error is raised. What undoes a step is never held back: no pause stops an end.

    Where the server does not answer, the next attempt begins as if nobody had paused.
    """
    if ActivityId.read(info.activity_id).undoes or not info.workflow_id or _is_last(info):
        return
    with suppress(RPCError, TimeoutError):
        async with asyncio.timeout(ASK_SECONDS):
            await _held_back(activity.client(), info, info.workflow_id)


def _is_last(info: activity.Info) -> bool:
    """After it the step has failed for good: a pause would give it one attempt more than it may have."""
    limit = info.retry_policy.maximum_attempts if info.retry_policy else 0
    return 0 < limit <= info.attempt


async def _held_back(client: Client, info: activity.Info, workflow_id: str) -> None:
    if not await _is_paused(client, workflow_id):
        return
    run = WorkflowExecution(workflow_id=workflow_id, run_id=info.workflow_run_id or "")
    which: _Which = {
        "namespace": client.namespace,
        "execution": run,
        "identity": client.identity,
        "id": info.activity_id,
    }
    await client.workflow_service.pause_activity(PauseActivityRequest(**which, reason=WHY))
    if not await _is_paused(client, workflow_id):  # a `resume` that came between did not see it
        await client.workflow_service.unpause_activity(UnpauseActivityRequest(**which))


async def _is_paused(client: Client, workflow_id: str) -> bool:
    described = await client.get_workflow_handle(workflow_id).describe()
    return described.typed_search_attributes.get(PHASE) == "paused"
