"""The scripted pipeline as its author changed it later: another body for its first step, and so another version."""

from temporalio import workflow

from fiberwise.contracts.execution import PipelineResult
from fiberwise.pipeline.step import step
from tests.workflows.scripted import SHORT, THRICE, Script, ScriptedPipeline, Told, act


@workflow.defn(name="scripted")
class RevisedPipeline(ScriptedPipeline):
    first = step(act, retry=THRICE, timeout=SHORT, version=2)

    @workflow.run
    async def execute(self, request: Script = Script()) -> PipelineResult[list[Told | None], None]:
        return await super().execute(request)
