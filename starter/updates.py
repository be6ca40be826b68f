"""What is asked of a running execution itself, by Temporal's updates and queries: a worker has to answer."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from fiberwise.contracts.controls import Control, ControlKind, Noted, Waiting
from fiberwise.contracts.errors import (
    BadInput,
    KeyReused,
    NotFound,
    PipelineError,
    Refused,
    ServiceUnavailable,
)
from fiberwise.contracts.execution import Progress
from fiberwise.contracts.identity import short_id
from fiberwise.pipeline.streaming import STREAM
from starter.pending import children
from starter.phases import silence
from starter.views import listed
from workflows import AVAILABLE_PIPELINES

# A worker answers within milliseconds; of one that was killed the server waits ten seconds before it asks another.
ANSWER_TIME = timedelta(seconds=15)
# Temporal's name of an update, where it is not the control's: what the run cannot do itself it only notes.
NAMES = {"retry_now": "note_retry_now"}
KINDS = {"Refused": Refused, "BadInput": BadInput, "KeyReused": KeyReused}


async def ours(client: Client, workflow_id: str) -> WorkflowExecutionDescription:
    """What Temporal knows of an execution. Raises NotFound; Refused for a workflow that is no pipeline of ours."""
    try:
        found = await client.get_workflow_handle(workflow_id).describe()
    except RPCError as error:
        if error.status not in (RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT):
            raise
        hint = "`fiberwise list` shows what there is"
        raise NotFound(f"there is no execution `{workflow_id}`", where="ID", hint=hint) from error
    if found.workflow_type not in (*AVAILABLE_PIPELINES, STREAM):
        raise Refused(f"{workflow_id} is a `{found.workflow_type}`, which is no pipeline of ours", where="ID")
    return found


async def running(client: Client, workflow_id: str) -> WorkflowExecutionDescription:
    """The same of one that has not ended. Raises as `ours`; Refused with its outcome for one that has."""
    found = await ours(client, workflow_id)
    seen = listed(found)
    if seen.status != "running":
        raise has_ended(workflow_id, seen.outcome)
    return found


def has_ended(workflow_id: str, outcome: str | None) -> Refused:
    hint = f"`fiberwise show {short_id(workflow_id)}` shows how"
    return Refused(f"{workflow_id} has ended: {outcome}", where="ID", hint=hint)


async def update(client: Client, workflow_id: str, kind: ControlKind, asked: Control) -> Noted:
    """How the run took a control down. An answered request id gets the same answer, also once the run has ended.

    Raises as `running`; Refused and BadInput with the run's own reason, KeyReused for the request id of another kind
    of control; ServiceUnavailable where no worker answers.
    """
    # Temporal answers an id that it knows without asking the run, whatever the update is.
    known_as = f"{kind}:{asked.request_id}" if asked.request_id else None
    found = await ours(client, workflow_id)
    handle = client.get_workflow_handle(workflow_id)
    try:
        return await handle.execute_update(  # pyright: ignore[reportUnknownMemberType]  # a gap in its types
            NAMES.get(kind, kind), asked, id=known_as, result_type=Noted, rpc_timeout=ANSWER_TIME
        )
    except WorkflowUpdateFailedError as error:
        raise _told(error, workflow_id) from error
    except WorkflowUpdateRPCTimeoutOrCancelledError as error:
        if isinstance(error.__cause__, asyncio.CancelledError):
            raise error.__cause__ from None
        hint = "it is asked all the same: a worker that comes may still do it"
        raise await _unanswered(client, found, hint) from error
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            await running(client, workflow_id)
        if (
            error.status == RPCStatusCode.FAILED_PRECONDITION
        ):  # the workflow task that was to answer has failed
            raise await _unanswered(
                client, found, f"`fiberwise show {short_id(workflow_id)}` tells more"
            ) from error
        raise


async def waiting(client: Client, workflow_id: str) -> list[Waiting]:
    """The steps that wait for a person, also of the fallback. Raises as `running`; ServiceUnavailable as `update`."""
    found = await running(client, workflow_id)
    handle = client.get_workflow_handle(workflow_id)
    try:
        progress = await handle.query("progress", result_type=Progress, rpc_timeout=ANSWER_TIME)
    except (WorkflowQueryFailedError, RPCError) as error:
        hint = "a worker has to be there: `fiberwise worker`"
        raise await _unanswered(client, found, hint) from error
    asked = list(progress.waiting)
    for child in children(found):
        with suppress(Refused):  # it has ended meanwhile
            asked += await waiting(client, child)
    return asked


def _told(error: WorkflowUpdateFailedError, workflow_id: str) -> PipelineError:
    cause = error.cause
    kind = KINDS.get(cause.type or "") if isinstance(cause, ApplicationError) else None
    message = cause.message if isinstance(cause, ApplicationError) else str(cause)
    return (kind or PipelineError)(message, where=workflow_id)


async def _unanswered(client: Client, found: WorkflowExecutionDescription, hint: str) -> ServiceUnavailable:
    why = await silence(client, await running(client, found.id))
    reason = f": {why}" if why else f" within {ANSWER_TIME.total_seconds():g} s"
    return ServiceUnavailable(f"{found.id} does not answer{reason}", where=found.id, hint=hint)
