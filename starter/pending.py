"""The attempts of steps that only the server knows of: under way, waiting for a worker, backing off, paused."""

from collections.abc import Sequence
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import Client, WorkflowExecutionDescription

from fiberwise.contracts.activity_id import ActivityId
from fiberwise.contracts.attempt import Trail
from fiberwise.contracts.view import PendingState, PendingStep

# One that is to be paused runs until its worker learns of it, by its next heartbeat.
UNDER_WAY = (
    PendingActivityState.PENDING_ACTIVITY_STATE_STARTED,
    PendingActivityState.PENDING_ACTIVITY_STATE_PAUSE_REQUESTED,
)


def activities(described: WorkflowExecutionDescription) -> Sequence[PendingActivityInfo]:
    return described.raw_description.pending_activities


def children(described: WorkflowExecutionDescription) -> list[str]:
    """The workflow ids of the runs that it waits for: what it fell back on."""
    return [one.workflow_id for one in described.raw_description.pending_children]


def state_of(found: PendingActivityInfo) -> PendingState:
    if found.state in UNDER_WAY:
        return "running"
    if found.paused:
        return "paused"
    return "backing_off" if _due(found) > datetime.now(UTC) else "scheduled"


async def pending_step(client: Client, found: PendingActivityInfo) -> PendingStep:
    """`since` is when it began, when it was paused, or else when it may begin."""
    name, state, trail = ActivityId.read(found.activity_id), state_of(found), await _trail(client, found)
    begun = {"running": found.last_started_time, "paused": found.pause_info.pause_time}.get(state)
    return PendingStep(
        step=name.step,
        call=name.call or 1,
        attempt=found.attempt,
        state=state,
        since=moment(begun) if begun else _due(found),
        next_attempt_at=_due(found) if state == "backing_off" else None,
        last_failure=_last_failure(found, trail),
        worker=found.last_worker_identity,
        trail=trail,
    )


def moment(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)


def _due(found: PendingActivityInfo) -> datetime:
    """When the attempt may begin. One whose time has passed waits for a worker, whatever failed before it."""
    if found.HasField("next_attempt_schedule_time"):
        return moment(found.next_attempt_schedule_time)
    ended = found.HasField("last_attempt_complete_time")  # one that was lost has not
    return moment(found.last_attempt_complete_time if ended else found.scheduled_time)


async def _trail(client: Client, found: PendingActivityInfo) -> Trail:
    """The attempts so far, as the mechanism carries them in each heartbeat; perhaps the one that runs among them."""
    payloads = found.heartbeat_details.payloads
    if not payloads:
        return Trail()
    [trail] = await client.data_converter.decode(payloads[:1], [Trail])
    return trail


def _last_failure(found: PendingActivityInfo, trail: Trail) -> str:
    """As the mechanism kept it: of a failure that carries many attempts the server drops even the message."""
    errors = [attempt.error.message for attempt in trail.attempts if attempt.error]
    return errors[-1] if errors and found.HasField("last_failure") else found.last_failure.message
