"""Two parts of two steps each, the second within a boundary."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from fiberwise.contracts.execution import PipelineResult
from fiberwise.pipeline.boundary import boundary
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.pipeline.step import step
from tests.workflows.scripted import Script, Told, Turn, act

ONCE = RetryPolicy(maximum_attempts=1)
SHORT = timedelta(seconds=2)


@workflow.defn(name="bounded")
class BoundedPipeline(Pipeline):
    """The first step is needed; left and right make a report that the result is good without."""

    first = step(act, retry=ONCE, timeout=SHORT)
    left = step(act, retry=ONCE, timeout=SHORT)
    right = step(act, retry=ONCE, timeout=SHORT)

    @workflow.run
    async def execute(self, request: Script = Script()) -> PipelineResult[list[Told], None]:
        told = [await self.first(Turn(name="first", script=request.first))]
        async with boundary(self, "the report"):
            told.append(await self.left(Turn(name="left", script=request.left)))
            told.append(await self.right(Turn(name="right", script=request.right)))
        return self.result(told, None)
