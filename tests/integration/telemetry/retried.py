"""The pipeline that is traced: retries within milliseconds, since the program that runs it skips no time."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from fiberwise.contracts.execution import PipelineResult
from fiberwise.pipeline.parallel import in_parallel
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.pipeline.step import step
from tests.workflows.scripted import Script, Told, Turn, act

QUICK = RetryPolicy(initial_interval=timedelta(milliseconds=50), maximum_attempts=3)
SHORT = timedelta(seconds=5)


@workflow.defn(name="retried")
class RetriedPipeline(Pipeline):
    first = step(act, retry=QUICK, timeout=SHORT)
    left = step(act, retry=QUICK, timeout=SHORT)
    right = step(act, retry=QUICK, timeout=SHORT, optional=True)

    @workflow.run
    async def execute(self, request: Script = Script()) -> PipelineResult[list[Told | None], None]:
        first = await self.first(Turn(name="first", script=request.first))
        left, right = await in_parallel(
            self.left(Turn(name="left", script=request.left)),
            self.right(Turn(name="right", script=request.right)),
        )
        return self.result([first, left, right], None)
