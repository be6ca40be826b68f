"""A pipeline that publishes a file, and takes it back if it fails."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from activities.functions.publish_results import publish_results, withdraw_results
from fiberwise.contracts.dataset import Artifact
from fiberwise.contracts.execution import PipelineResult
from fiberwise.contracts.payload import Asked
from fiberwise.contracts.publication import Publication, Published
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.pipeline.step import step

ONCE = RetryPolicy(maximum_attempts=1)


class Paper(Asked):
    """What is published."""

    file: Artifact | None = None


@workflow.defn(name="publishing")
class PublishingPipeline(Pipeline):
    """Its one step is undone when the run fails."""

    publish = step(publish_results, retry=ONCE, timeout=timedelta(seconds=20), undo=withdraw_results)

    @workflow.run
    async def execute(self, request: Paper = Paper()) -> PipelineResult[Published, None]:
        files = {"paper.txt": request.file} if request.file else {}
        asked = Publication(pipeline="publishing", execution_id=self.execution_id, document={}, files=files)
        return self.result(await self.publish(asked), None)
