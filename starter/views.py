"""An execution as it stands: the workflow's own progress, merged with what only the server can see."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.enums.v1 import PendingActivityState, TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowQueryFailedError,
)
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError

from fiberwise.contracts.attempt import Trail
from fiberwise.contracts.execution import Outcome, Progress, Status
from fiberwise.contracts.identity import execution_id_of
from fiberwise.contracts.view import ExecutionView, PendingStep, Phase
from starter.answers import ui_link

QUERY_SECONDS = 2
# A workflow task that dies with its worker more often than this probably kills it.
MAY_DIE = 2
# A worker polls at least once a minute; the server forgets one that stopped after five.
POLLED_WITHIN = timedelta(seconds=90)
# A task that no worker has taken for this long is worth a look at who polls.
UNSERVED_AFTER = timedelta(seconds=3)
STATUSES: Mapping[WorkflowExecutionStatus, tuple[Status, Outcome | None]] = {
    WorkflowExecutionStatus.RUNNING: ("running", None),
    WorkflowExecutionStatus.COMPLETED: ("completed", "full"),
    WorkflowExecutionStatus.FAILED: ("failed", "failed"),
    WorkflowExecutionStatus.CANCELED: ("failed", "cancelled"),
    WorkflowExecutionStatus.TERMINATED: ("failed", "failed"),
    WorkflowExecutionStatus.TIMED_OUT: ("failed", "timed_out"),
    WorkflowExecutionStatus.CONTINUED_AS_NEW: ("running", None),
}


def listed(execution: WorkflowExecution, ui_url: str = "", namespace: str = "default") -> ExecutionView:
    """A row of a list: from what the server's index holds alone, no worker asked."""
    status, usual = STATUSES[execution.status or WorkflowExecutionStatus.RUNNING]
    outcome = _attribute(execution, "Outcome") or usual
    phase = _attribute(execution, "Phase") or "running"
    ended = execution.close_time
    return ExecutionView(
        execution_id=execution_id_of(execution.id),
        workflow_id=execution.id,
        run_id=execution.run_id,
        pipeline=execution.workflow_type,
        status=status,
        outcome=outcome if status != "running" else None,  # pyright: ignore[reportArgumentType]
        phase=phase if status == "running" else "ended",  # pyright: ignore[reportArgumentType]
        user=_attribute(execution, "User"),
        source=_attribute(execution, "Source"),
        started_at=execution.start_time,
        completed_at=ended,
        duration_ms=round((ended - execution.start_time).total_seconds() * 1000, 3) if ended else None,
        temporal_ui=ui_link(ui_url, namespace, execution.id, execution.run_id),
    )


async def view(client: Client, workflow_id: str, ui_url: str = "") -> ExecutionView:
    """One execution, live. Raises RPCError (not found) for an id that the server does not know."""
    handle = client.get_workflow_handle(workflow_id)
    described, progress = await asyncio.gather(handle.describe(), _progress(handle))
    found = listed(described, ui_url, client.namespace)
    changes: dict[str, Any] = {"summary": await described.static_summary() or ""}
    if progress:
        changes |= {"steps": progress.steps, "reasons": progress.reasons}
        changes |= {"outcome": found.outcome and (progress.outcome or found.outcome)}
    if found.status == "running":
        pending = [await _pending(client, one) for one in described.raw_description.pending_activities]
        phase, cause = await _phase(client, described, pending, found.phase)
        changes |= {"pending": pending, "phase": phase, "cause": cause}
    return found.model_copy(update=changes)


async def _progress(handle: WorkflowHandle[Any, Any]) -> Progress | None:
    try:
        async with asyncio.timeout(QUERY_SECONDS):
            return await handle.query("progress", result_type=Progress)
    except (TimeoutError, WorkflowQueryFailedError, RPCError):
        return None  # no worker, or a blocked one: the phase says which


async def _phase(
    client: Client, described: WorkflowExecutionDescription, pending: list[PendingStep], known: Phase
) -> tuple[Phase, str]:
    task = described.raw_description.pending_workflow_task
    if await _is_unserved(client, described, pending):
        return (
            "no_worker",
            f"no worker polls the task queue `{described.task_queue}`: `fiberwise worker` starts one",
        )
    if task.attempt > 1 and (failure := await _task_failure(client, described, task.attempt)):
        return "blocked", failure
    if pending and all(step.state == "backing_off" for step in pending):
        return "backing_off", pending[0].last_failure
    return known, ""


async def _task_failure(client: Client, described: WorkflowExecutionDescription, attempt: int) -> str:
    """Why the workflow task fails; empty where its worker died with it once. History has the first attempt alone."""
    handle = client.get_workflow_handle(described.id, run_id=described.run_id)
    again = "its workflow task fails again and again: the worker's log says why"
    cause = ""
    async for event in handle.fetch_history_events():
        if event.HasField("workflow_task_failed_event_attributes"):
            cause = event.workflow_task_failed_event_attributes.failure.message or again
        if event.HasField("workflow_task_timed_out_event_attributes"):
            cause = again if attempt > MAY_DIE else ""
    return cause


async def _is_unserved(
    client: Client, described: WorkflowExecutionDescription, pending: Iterable[PendingStep]
) -> bool:
    now = datetime.now(UTC)
    task = described.raw_description.pending_workflow_task
    waiting = [step.since for step in pending if step.state == "scheduled" and step.since]
    if task.HasField("original_scheduled_time") and not task.HasField("started_time"):
        waiting.append(_time(task.original_scheduled_time))
    if not any(now - since > UNSERVED_AFTER for since in waiting):
        return False
    kinds = (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
    return not all([await _is_polled(client, described.task_queue, kind) for kind in kinds])


async def _is_polled(client: Client, queue: str, kind: TaskQueueType.ValueType) -> bool:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
    )
    found = await client.workflow_service.describe_task_queue(request)
    recent = datetime.now(UTC) - POLLED_WITHIN
    return any(_time(poller.last_access_time) > recent for poller in found.pollers)


async def _pending(client: Client, found: PendingActivityInfo) -> PendingStep:
    step, _, rest = found.activity_id.partition("#")
    started = found.state == PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
    due = _due(found)
    waits = due > datetime.now(UTC)
    return PendingStep(
        step=step,
        call=int(rest.partition(".")[0] or 1) if rest.partition(".")[0].isdigit() else 1,
        attempt=found.attempt,
        state="running" if started else ("backing_off" if waits else "scheduled"),
        since=_time(found.last_started_time) if started else due,
        next_attempt_at=due if waits and not started else None,
        last_failure=await _last_failure(client, found),
        worker=found.last_worker_identity,
    )


def _due(found: PendingActivityInfo) -> datetime:
    """When the attempt may begin. One whose time has passed waits for a worker, whatever failed before it."""
    if found.HasField("next_attempt_schedule_time"):
        return _time(found.next_attempt_schedule_time)
    return _time(found.last_attempt_complete_time if found.attempt > 1 else found.scheduled_time)


async def _last_failure(client: Client, found: PendingActivityInfo) -> str:
    """As the mechanism kept it: of a failure that carries many attempts the server drops even the message."""
    payloads = found.heartbeat_details.payloads
    if not found.HasField("last_failure") or not payloads:
        return found.last_failure.message
    [trail] = await client.data_converter.decode(payloads[:1], [Trail])
    errors = [attempt.error.message for attempt in trail.attempts if attempt.error]
    return errors[-1] if errors else found.last_failure.message


def _time(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)


def _attribute(execution: WorkflowExecution, name: str) -> str:
    return execution.typed_search_attributes.get(SearchAttributeKey.for_keyword(name)) or ""
