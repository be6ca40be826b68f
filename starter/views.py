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

from fiberwise.contracts.execution import Outcome, Progress, Status
from fiberwise.contracts.identity import execution_id_of
from fiberwise.contracts.view import ExecutionView
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
        changes |= await _of_fallback(client, described) if phase == "running" else {}
    return found.model_copy(update=changes)


async def _of_fallback(client: Client, described: WorkflowExecutionDescription) -> dict[str, Any]:
    """A run that fell back goes on as its fallback does: what that one waits for, it waits for."""
    for child in children(described):
        below = await view(client, child)
        if below.phase not in ("running", "ended"):
            told = f"the fallback {below.pipeline}: {below.cause}"
            return {"phase": below.phase, "cause": told, "waiting": below.waiting}
    return {}


async def _progress(handle: WorkflowHandle[Any, Any]) -> Progress | None:
    try:
        async with asyncio.timeout(QUERY_SECONDS):
            return await handle.query("progress", result_type=Progress)
    except (TimeoutError, WorkflowQueryFailedError, RPCError):
        return None  # no worker, or a blocked one: the phase says which


def _attribute(execution: WorkflowExecution, name: str) -> str:
    return execution.typed_search_attributes.get(SearchAttributeKey.for_keyword(name)) or ""
