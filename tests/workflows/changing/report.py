"""A pipeline as it was first written, and as it was changed later: docs/changing.md tells of both."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from fiberwise.contracts.execution import PipelineResult
from fiberwise.contracts.payload import Asked
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.pipeline.step import step
from tests.workflows.scripted import Told, Turn, act

# Long enough for a run to stand still in its backoff while a test looks at it.
SLOWLY = RetryPolicy(initial_interval=timedelta(minutes=5), maximum_attempts=3)
SHORT = timedelta(seconds=2)


class Report(Asked):
    """For each step, what its first, second, … attempt does; after the last, and without one: `ok`."""

    collect: list[str] = []
    synthesize: list[str] = []
    publish: list[str] = []


Done = PipelineResult[list[str], None]


@workflow.defn(name="report")
class ReportPipeline(Pipeline):
    """As it was first."""

    collect = step(act, retry=SLOWLY, timeout=SHORT)
    synthesize = step(act, retry=SLOWLY, timeout=SHORT)
    publish = step(act, retry=SLOWLY, timeout=SHORT)

    @workflow.run
    async def execute(self, request: Report = Report()) -> Done:
        collected = await self.collect(Turn(name="collect", script=request.collect))
        return await self._told(request, [collected])

    async def _told(self, request: Report, before: list[Told]) -> Done:
        synthesized = await self.synthesize(Turn(name="synthesize", script=request.synthesize))
        published = await self.publish(Turn(name="publish", script=request.publish))
        return self.result([one.text for one in (*before, synthesized, published)], None)


@workflow.defn(name="report")
class EnrichedPipeline(ReportPipeline):
    """With a step more: what has come past its place cannot be carried on by this code."""

    enrich = step(act, retry=SLOWLY, timeout=SHORT)

    @workflow.run
    async def execute(self, request: Report = Report()) -> Done:
        collected = await self.collect(Turn(name="collect", script=request.collect))
        enriched = await self.enrich(Turn(name="enrich"))
        return await self._told(request, [collected, enriched])


@workflow.defn(name="report")
class PatchedPipeline(ReportPipeline):
    """With the same step behind a patch: runs that were past its place go on without it."""

    enrich = step(act, retry=SLOWLY, timeout=SHORT)

    @workflow.run
    async def execute(self, request: Report = Report()) -> Done:
        done = [await self.collect(Turn(name="collect", script=request.collect))]
        if workflow.patched("enrich"):
            done.append(await self.enrich(Turn(name="enrich")))
        return await self._told(request, done)
