"""One step that has little time for all its attempts."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from fiberwise.contracts.execution import PipelineResult
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.pipeline.step import step
from tests.workflows.scripted import Script, Told, Turn, act

HASTY = RetryPolicy(initial_interval=timedelta(seconds=2), maximum_attempts=3)
ALL_TRIES = timedelta(seconds=4)


@workflow.defn(name="hasty")
class HastyPipeline(Pipeline):
    """Its step is given up four seconds after it was first due."""

    first = step(act, retry=HASTY, timeout=timedelta(seconds=2), total=ALL_TRIES)

    @workflow.run
    async def execute(self, request: Script = Script()) -> PipelineResult[Told, None]:
        return self.result(await self.first(Turn(name="first", script=request.first)), None)
