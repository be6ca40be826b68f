"""An execution as it stands: the workflow's own progress, merged with what only the server can see."""

import asyncio
from collections.abc import Mapping
from typing import Any

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

from fiberwise.contracts.execution import Outcome, Progress, Status, StepProgress
from fiberwise.contracts.identity import execution_id_of
from fiberwise.contracts.view import ExecutionView
from fiberwise.pipeline.streaming import STREAM
from starter.answers import ui_link
from starter.pending import activities, children, pending_step
from starter.phases import phase_of

QUERY_SECONDS = 2
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
        told = ("steps", "reasons", "waiting", "deadline_at")
        changes |= {name: getattr(progress, name) for name in told}
        changes |= {"outcome": found.outcome and (progress.outcome or found.outcome)}
    if found.status == "running":
        pending = [await pending_step(client, one) for one in activities(described)]
        phase, cause = await phase_of(client, described, pending, progress, found.phase)
        changes |= {"pending": pending, "phase": phase, "cause": cause}
        changes |= await _of_children(client, described, changes) if phase == "running" else {}
    return found.model_copy(update=changes)


async def _of_children(
    client: Client, described: WorkflowExecutionDescription, known: Mapping[str, Any]
) -> dict[str, Any]:
    """A run goes on as its fallback does, and the streams of its steps: what they wait for, it waits for."""
    below = [await view(client, child) for child in children(described)]
    rows = {row.step: row for one in below if one.pipeline == STREAM for row in one.steps}
    changes: dict[str, Any] = {
        "steps": [_with_progress(row, rows.get(row.step)) for row in known.get("steps", [])]
    }
    stuck = next((one for one in below if one.phase not in ("running", "ended")), None)
    if stuck is None:
        return changes
    who = (
        stuck.steps[0].step if stuck.pipeline == STREAM and stuck.steps else f"the fallback {stuck.pipeline}"
    )
    return changes | {"phase": stuck.phase, "cause": f"{who}: {stuck.cause}", "waiting": stuck.waiting}


def _with_progress(row: StepProgress, streamed: StepProgress | None) -> StepProgress:
    """How far the stream of a step has come, which the run itself cannot see."""
    return row.model_copy(update={"summary": streamed.summary}) if streamed and streamed.summary else row


async def _progress(handle: WorkflowHandle[Any, Any]) -> Progress | None:
    try:
        async with asyncio.timeout(QUERY_SECONDS):
            return await handle.query("progress", result_type=Progress)
    except (TimeoutError, WorkflowQueryFailedError, RPCError):
        return None  # no worker, or a blocked one: the phase says which


def _attribute(execution: WorkflowExecution, name: str) -> str:
    return execution.typed_search_attributes.get(SearchAttributeKey.for_keyword(name)) or ""
