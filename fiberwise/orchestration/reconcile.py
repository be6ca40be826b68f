"""Mends the record of executions that ended without one: terminated, timed out, or the store was down."""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from temporalio import activity, workflow
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    WorkflowExecution,
    WorkflowExecutionStatus,
    WorkflowHandle,
)
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from fiberwise.contracts.identity import execution_id_of
from fiberwise.contracts.payload import Payload
from fiberwise.contracts.record import End, FinalRecord, RunningRecord
from fiberwise.orchestration.declared import as_declared
from fiberwise.pipeline.anatomy import Anatomy
from fiberwise.pipeline.ending import OUTCOME, final_record
from fiberwise.pipeline.learning import learnt
from fiberwise.pipeline.results import result_of

EVERY = timedelta(minutes=10)
LOOKED_BACK = timedelta(days=1)
ONCE = RetryPolicy(maximum_attempts=1)  # the schedule is the retry
CLOSED_BY_SERVER = (WorkflowExecutionStatus.TERMINATED, WorkflowExecutionStatus.TIMED_OUT)
# A run that began just now may be about to record its own end.
SETTLED = timedelta(seconds=10)
FORGOTTEN = "the Temporal server no longer knows the run: how it ended is lost"


class Window(Payload):
    """Executions that closed within this time up to now."""

    seconds: float = LOOKED_BACK.total_seconds()


class Reconciled(Payload):
    """How many executions were looked at, the ids of those whose record was mended, and which the server forgot.

    `unmended` are those whose history does not tell their end (an artifact is gone, say): id -> why.
    """

    checked: int
    repaired: list[str] = []
    forgotten: list[str] = []
    unmended: dict[str, str] = {}


class Records(Protocol):
    """The part of the store that a reconciler needs."""

    async def recorded_end(self, execution_id: str) -> End | None: ...
    async def record_final(self, record: FinalRecord) -> None: ...
    async def still_running(self, begun_before: datetime) -> list[RunningRecord]: ...


@dataclass
class _Findings:
    checked: int = 0
    repaired: list[str] = field(default_factory=list[str])
    forgotten: list[str] = field(default_factory=list[str])
    unmended: dict[str, str] = field(default_factory=dict[str, str])

    def told(self) -> Reconciled:
        return Reconciled(**vars(self))


class Reconciler:
    def __init__(self, records: Records, pipelines: Mapping[str, Anatomy]) -> None:
        self._records, self._pipelines = records, pipelines

    @activity.defn(name="reconcile_records")
    async def scheduled(self, window: Window) -> Reconciled:
        return await self.reconcile(activity.client(), window)

    async def reconcile(self, client: Client, window: Window) -> Reconciled:
        """Compares what the server knows with the record store, and writes what is missing.

        Looks at what closed within the window, and at all that the store believes to run. Raises ServiceUnavailable
        when the store does not answer, RPCError when the server does not.
        """
        found = _Findings()
        async for execution in client.list_workflows(self._query(window)):
            found.checked += 1
            if not _stands(await self._records.recorded_end(execution_id_of(execution.id)), execution):
                await self._mend(found, execution_id_of(execution.id), self._record_of(client, execution))
        for believed in await self._records.still_running(datetime.now(UTC) - SETTLED):
            found.checked += 1
            await self._mend(found, believed.execution_id, self._end_of(client, believed))
        return found.told()

    async def close(self, client: Client, workflow_id: str) -> bool:
        """Records the end of one execution that has ended. Whether it could be told. Raises as `reconcile`."""
        found, ended = _Findings(), await client.get_workflow_handle(workflow_id).describe()
        await self._mend(found, execution_id_of(workflow_id), self._record_of(client, ended))
        return bool(found.repaired)

    async def _mend(self, found: "_Findings", execution_id: str, end: Awaitable[FinalRecord | None]) -> None:
        """One that cannot be read does not keep the others from being mended."""
        try:
            record = await end
        except (ApplicationError, ValueError, OSError) as error:
            found.unmended[execution_id] = str(error)[:200]
            return
        if record:
            await self._records.record_final(record)
            found.repaired.append(execution_id)
            if FORGOTTEN in record.reasons:
                found.forgotten.append(execution_id)

    def _query(self, window: Window) -> str:
        since = datetime.now(UTC) - timedelta(seconds=window.seconds)
        names = ", ".join(f"'{name}'" for name in self._pipelines)
        return f"WorkflowType IN ({names}) AND CloseTime > '{since.isoformat()}'"

    async def _end_of(self, client: Client, believed: RunningRecord) -> FinalRecord | None:
        """Of a run that the store believes to go on; None when it does."""
        handle = client.get_workflow_handle(believed.workflow_id)
        try:
            found = await handle.describe()
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            return _forgotten(believed)
        running = found.status in (None, WorkflowExecutionStatus.RUNNING)
        return None if running else await self._record_of(client, found)

    async def _record_of(self, client: Client, execution: WorkflowExecution) -> FinalRecord:
        handle = client.get_workflow_handle(execution.id, run_id=execution.run_id)
        result, request = await asyncio.gather(result_of(handle), _input_of(client, handle))
        times = {"started_at": execution.start_time, "completed_at": execution.close_time}
        result = result.model_copy(update={"metadata": result.metadata.model_copy(update=times)})
        known = self._pipelines.get(result.pipeline)
        return final_record(result, execution.id, request, learnt(*as_declared(known, result, request)))


def _stands(recorded: End | None, execution: WorkflowExecution) -> bool:
    """Whether the record says what history says.

    A run records its end just before it ends: one that was ended from outside in between ended otherwise.
    """
    if recorded is None:
        return False
    if execution.status in CLOSED_BY_SERVER:
        return execution.close_time is None or recorded.completed_at >= execution.close_time
    said = execution.typed_search_attributes.get(OUTCOME)
    return said in (None, recorded.outcome)


def _forgotten(believed: RunningRecord) -> FinalRecord:
    """Ended at the start, since no later moment is known; should the run turn up again, its own end stands over it."""
    ended = {"status": "failed", "outcome": "failed", "completed_at": believed.started_at}
    return FinalRecord.model_validate({**believed.model_dump(), **ended, "reasons": [FORGOTTEN]})


async def _input_of(client: Client, handle: WorkflowHandle[Any, Any]) -> Any:
    async for event in handle.fetch_history_events():
        payloads = event.workflow_execution_started_event_attributes.input.payloads
        return (await client.data_converter.decode(payloads))[0] if payloads else None
    return None


@workflow.defn(name="reconcile-records")
class ReconcileRecords:
    """Run by a schedule of the server, so that it works whoever is up."""

    @workflow.run
    async def run(self, window: Window = Window()) -> Reconciled:
        return await workflow.execute_activity(
            "reconcile_records",
            window,
            result_type=Reconciled,
            start_to_close_timeout=EVERY,
            retry_policy=ONCE,
        )


async def schedule_reconciling(client: Client, task_queue: str) -> None:
    """Has the server reconcile every ten minutes; once per namespace and task queue, however often it is called."""
    action = ScheduleActionStartWorkflow(
        ReconcileRecords.run, Window(), id=f"reconcile-records/{task_queue}", task_queue=task_queue
    )
    spec = ScheduleSpec(intervals=[ScheduleIntervalSpec(every=EVERY)])
    policy = SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=EVERY)
    try:
        await client.create_schedule(
            f"reconcile-records-{task_queue}", Schedule(action=action, spec=spec, policy=policy)
        )
    except ScheduleAlreadyRunningError:
        return
