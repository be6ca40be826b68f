"""The shape as the SDK alone would have it, with the same policies, on its own JSON converter."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():  # as the SDK's samples do; it spares the sandbox the loading
    from benchmarks.shapes.bodies import BareNote, bare_echo

RETRY = RetryPolicy(maximum_attempts=3)
TIMEOUT, HEARTBEAT = timedelta(minutes=1), timedelta(seconds=10)


@workflow.defn(name="bare-shape")
class BareShape:
    @workflow.run
    async def run(self, order: BareNote) -> BareNote:
        first = await self._step(order)
        left, right = await asyncio.gather(self._step(first), self._step(first))
        joined = await self._step(BareNote(left.text + right.text))
        return await self._step(joined)

    async def _step(self, note: BareNote) -> BareNote:
        return await workflow.execute_activity(
            bare_echo,
            note,
            retry_policy=RETRY,
            start_to_close_timeout=TIMEOUT,
            heartbeat_timeout=HEARTBEAT,
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        )
