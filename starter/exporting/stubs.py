"""A worker whose activities and children give what history recorded of them."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RawValue, RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.worker import Worker

from starter.exporting.recorded import Outcome, Recorded

BEATS = timedelta(seconds=0.1)  # a cancel is heard with the next heartbeat
LONG = timedelta(minutes=10)


class Stubs:
    """`asked` counts what people asked of the run by now: what ended after an ask waits for it."""

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded
        self._local = iter(recorded.local)
        self._asked = 0
        self._changed = asyncio.Condition()
        self.begun: set[str] = set()

    def worker(self, client: Client, task_queue: str, pipeline: type) -> Worker:
        return Worker(
            client,
            task_queue=task_queue,
            workflows=[pipeline, _Child],
            activities=[self.stand_in],
            max_heartbeat_throttle_interval=BEATS,
            default_heartbeat_throttle_interval=BEATS,
        )

    async def was_asked(self) -> None:
        async with self._changed:
            self._asked += 1
            self._changed.notify_all()

    async def have_begun(self, ids: frozenset[str]) -> None:
        """Returns once stubs of all these are under way."""
        async with self._changed:
            await self._changed.wait_for(lambda: ids <= self.begun)

    @activity.defn(dynamic=True)
    async def stand_in(self, args: Sequence[RawValue]) -> RawValue:
        """Raises what was recorded; LookupError where the history knows no such activity."""
        info = activity.info()
        found = next(self._local, None) if info.is_local else self._recorded.outcomes.get(info.activity_id)
        if found is None:
            raise _lost(info.activity_id)
        await self._due(info.activity_id, found)
        if found.failure or found.payload is None:
            raise _failure(found)
        return RawValue(found.payload)

    async def _due(self, name: str, found: Outcome) -> None:
        async with self._changed:
            self.begun.add(name)
            self._changed.notify_all()
        if found.cancelled:
            await _until_cancelled()
        async with self._changed:
            await self._changed.wait_for(lambda: self._asked >= found.asked_before)


async def _until_cancelled() -> None:
    try:
        while True:
            activity.heartbeat()
            await asyncio.sleep(BEATS.total_seconds())
    except asyncio.CancelledError:
        return


def _failure(found: Outcome) -> BaseException:
    """Not to be tried again: what is recorded is what came of all attempts."""
    failure = found.failure
    if failure is None:
        return asyncio.CancelledError() if found.cancelled else _lost("the result")
    told = failure.application_failure_info
    details = told.details.payloads or failure.timeout_failure_info.last_heartbeat_details.payloads
    kind = told.type or failure.WhichOneof("failure_info") or ""
    return ApplicationError(failure.message, *map(RawValue, details), type=kind, non_retryable=True)


def _lost(name: str) -> ApplicationError:
    text = f"the history does not tell what came of {name}: the code asks for something else than it did then"
    return ApplicationError(text, type="NotRecorded", non_retryable=True)


@workflow.defn(dynamic=True, sandboxed=False)
class _Child:
    """Any pipeline that is fallen back on."""

    @workflow.run
    async def run(self, args: Sequence[RawValue]) -> RawValue:
        try:
            return await workflow.execute_activity(
                "child",
                activity_id=workflow.info().workflow_id,
                result_type=RawValue,
                start_to_close_timeout=LONG,
                retry_policy=RetryPolicy(maximum_attempts=1),
            )
        except ActivityError as error:
            if not isinstance(error.cause, ApplicationError):
                raise
            cause = error.cause
            raise ApplicationError(
                cause.message, *cause.details, type=cause.type, non_retryable=True
            ) from error
