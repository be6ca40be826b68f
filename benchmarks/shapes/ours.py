"""The shape as a pipeline of this project."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from fiberwise.contracts.execution import PipelineResult
from fiberwise.pipeline.parallel import in_parallel
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.pipeline.step import step

with workflow.unsafe.imports_passed_through():  # as contracts and activities of a real pipeline are
    from benchmarks.shapes.bodies import Note, Order, echo

RETRY = RetryPolicy(maximum_attempts=3)
TIMEOUT = timedelta(minutes=1)


@workflow.defn(name="shape")
class Shape(Pipeline):
    """First, then two side by side, then one, then one."""

    first = step(echo, retry=RETRY, timeout=TIMEOUT)
    left = step(echo, retry=RETRY, timeout=TIMEOUT)
    right = step(echo, retry=RETRY, timeout=TIMEOUT)
    join = step(echo, retry=RETRY, timeout=TIMEOUT)
    last = step(echo, retry=RETRY, timeout=TIMEOUT)

    @workflow.run
    async def execute(self, order: Order = Order()) -> PipelineResult[Note, Note]:
        first = await self.first(Note(text=order.text))
        left, right = await in_parallel(self.left(first), self.right(first))
        joined = await self.join(Note(text=left.text + right.text))
        return self.result(joined, await self.last(joined))
