"""One step with time to be looked at while it is under way."""

from datetime import timedelta

from temporalio import workflow

from fiberwise.contracts.execution import PipelineResult
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.pipeline.step import step
from tests.workflows.scripted import THRICE, Script, Told, Turn, act


@workflow.defn(name="patient")
class PatientPipeline(Pipeline):
    """Its step may take half a minute."""

    first = step(act, retry=THRICE, timeout=timedelta(seconds=30))

    @workflow.run
    async def execute(self, request: Script = Script()) -> PipelineResult[Told, None]:
        return self.result(await self.first(Turn(name="first", script=request.first)), None)
