"""The phase of a running execution and its cause: of all that can be said, what a person should know first."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client, WorkflowExecutionDescription

from fiberwise.contracts.execution import Progress
from fiberwise.contracts.view import PendingStep, Phase
from starter.pending import moment

HELD: tuple[Phase, ...] = ("paused", "waiting_approval", "needs_repair")
"""In these a person is waited for; the search attribute Phase says so too."""
# A workflow task that dies with its worker more often than this probably kills it.
MAY_DIE = 2
# A worker polls at least once a minute; the server forgets one that stopped after five.
POLLED_WITHIN = timedelta(seconds=90)
# A task that no worker has taken for this long is worth a look at who polls.
UNSERVED_AFTER = timedelta(seconds=3)

Told = tuple[Phase, str]


async def phase_of(
    client: Client,
    described: WorkflowExecutionDescription,
    pending: Sequence[PendingStep],
    progress: Progress | None,
    listed: Phase,
) -> Told:
    """Phase and cause. `progress` is what the workflow itself says, None where no worker answers for it."""
    if await _is_unserved(client, described, pending):
        return "no_worker", _unserved(described)
    if failure := await _task_failure(client, described):
        return "blocked", failure
    known = _said(progress) if progress else listed
    if known in HELD:
        return known, _asked(progress)
    return _of_attempts(pending) or (known, "")


def _unserved(described: WorkflowExecutionDescription) -> str:
    return f"no worker polls the task queue `{described.task_queue}`: `fiberwise worker` starts one"


async def silence(client: Client, described: WorkflowExecutionDescription) -> str:
    """Why a run answers nobody; empty where nothing is known that keeps it from answering."""
    if not await _is_served(client, described.task_queue):
        return _unserved(described)
    failure = await _task_failure(client, described)
    return f"its workflow task fails: {failure}" if failure else ""


async def _is_served(client: Client, queue: str) -> bool:
    """Whether a worker has lately polled for workflows and for steps."""
    kinds = (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
    return all([await _is_polled(client, queue, kind) for kind in kinds])


def _said(progress: Progress) -> Phase:
    """By the workflow, which may have ended since the server was asked."""
    return "running" if progress.outcome else cast(Phase, progress.phase)


def _asked(progress: Progress | None) -> str:
    """What is asked of a person, or who has paused the run and why."""
    if progress is None:
        return ""
    asked = [f"{one.step} {one.asks}" for one in progress.waiting if one.kind == progress.phase]
    paused = [one for one in progress.controls if one.kind == "pause"]
    if asked or not paused:
        return "; ".join(asked)
    return f"paused by {paused[-1].by}" + (f": {paused[-1].reason}" if paused[-1].reason else "")


def _of_attempts(pending: Sequence[PendingStep]) -> Told | None:
    """What all attempts wait for; None where one runs or may."""
    states = {step.state for step in pending}
    if states == {"paused"}:
        return (
            "paused",
            f"{' and '.join(step.step for step in pending)} {'is' if len(pending) == 1 else 'are'} paused",
        )
    if states and states <= {"backing_off", "paused"}:
        return "backing_off", next(step.last_failure for step in pending if step.state == "backing_off")
    return None


async def _task_failure(client: Client, described: WorkflowExecutionDescription) -> str:
    """Why the workflow task fails; empty where it does not, or its worker died with it once.

    History has the first attempt alone.
    """
    attempt = described.raw_description.pending_workflow_task.attempt
    if attempt <= 1:
        return ""
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
        waiting.append(moment(task.original_scheduled_time))
    if not any(now - since > UNSERVED_AFTER for since in waiting):
        return False
    return not await _is_served(client, described.task_queue)


async def _is_polled(client: Client, queue: str, kind: TaskQueueType.ValueType) -> bool:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
    )
    found = await client.workflow_service.describe_task_queue(request)
    recent = datetime.now(UTC) - POLLED_WITHIN
    return any(moment(poller.last_access_time) > recent for poller in found.pollers)
