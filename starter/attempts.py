"""What a person may do to the attempts of a step, by the server's own calls: hold them back, let go, try at once."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TypedDict

from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.activity.v1 import ActivityOptions
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import (
    PauseActivityRequest,
    UnpauseActivityRequest,
    UpdateActivityOptionsRequest,
)
from temporalio.client import Client, WorkflowExecutionDescription
from temporalio.service import RPCError, RPCStatusCode

from fiberwise.contracts.activity_id import ActivityId
from fiberwise.contracts.controls import Control
from starter.pending import activities, moment, state_of

Found = PendingActivityInfo


class _Which(TypedDict):
    namespace: str
    execution: WorkflowExecution
    identity: str
    id: str


class Attempts:
    """The pending activities of one execution, as they were when it was described; `asked` says who acts, and why.

    Each call gives the ids of those it reached: one that ended meanwhile is not among them.
    """

    def __init__(self, client: Client, described: WorkflowExecutionDescription, asked: Control) -> None:
        self._service, self._namespace = client.workflow_service, client.namespace
        self._run = WorkflowExecution(workflow_id=described.id, run_id=described.run_id)
        self._asked, self._found = asked, activities(described)

    async def hold(self, *, now: bool = False) -> list[str]:
        """Keeps the next attempt of each from beginning; with `now` a running one ends too, and is done again later.

        What undoes a step goes on: it belongs to the end of the run, which no pause holds up.
        """
        states = ("scheduled", "backing_off", "running") if now else ("scheduled", "backing_off")
        held = [one for one in self._found if not ActivityId.read(one.activity_id).undoes]
        chosen = [one for one in held if state_of(one) in states]
        return [one.activity_id for one in chosen if await self._pause(one)]

    async def release(self) -> list[str]:
        """Lets all go on that are held back."""
        return [one.activity_id for one in self._found if one.paused and await self._unpause(one)]

    async def try_now(self, chosen: Sequence[Found]) -> list[str]:
        """Ends a backoff: unlike a reset, to pause and let go keeps the attempts and what they told."""
        return [one.activity_id for one in chosen if await self._pause(one) and await self._unpause(one)]

    async def _pause(self, found: Found) -> bool:
        request = PauseActivityRequest(**self._which(found), reason=self._asked.reason)
        try:
            await self._service.pause_activity(request)
        except RPCError as error:
            return _ended_meanwhile(error)
        return True

    async def _unpause(self, found: Found) -> bool:
        try:
            if found.paused:
                await self._give_back_its_time(found)
            await self._service.unpause_activity(UnpauseActivityRequest(**self._which(found)))
        except RPCError as error:
            return _ended_meanwhile(error)
        return True

    async def _give_back_its_time(self, found: Found) -> None:
        """The time for all attempts runs on in a pause, and the server tries none again once it has passed."""
        total = found.activity_options.schedule_to_close_timeout.ToTimedelta()
        if not total:
            return
        longer = ActivityOptions()
        longer.schedule_to_close_timeout.FromTimedelta(total + _paused_for(found))
        mask = FieldMask(paths=["schedule_to_close_timeout"])
        request = UpdateActivityOptionsRequest(
            **self._which(found), activity_options=longer, update_mask=mask
        )
        await self._service.update_activity_options(request)

    def _which(self, found: Found) -> _Which:
        return {
            "namespace": self._namespace,
            "execution": self._run,
            "identity": self._asked.by,
            "id": found.activity_id,
        }


def _paused_for(found: Found) -> timedelta:
    return datetime.now(UTC) - moment(found.pause_info.pause_time)


def _ended_meanwhile(error: RPCError) -> bool:
    """False, as what the caller reached. Raises any other error."""
    if error.status != RPCStatusCode.NOT_FOUND:
        raise error
    return False
