"""More versions of the report, each incompatible in another way."""

import asyncio
from datetime import timedelta

from temporalio import workflow

from fiberwise.pipeline.step import step
from tests.workflows.bending import act_simply
from tests.workflows.changing.report import SHORT, SLOWLY, Done, Report, ReportPipeline
from tests.workflows.scripted import Turn, act


@workflow.defn(name="report")
class SwappedPipeline(ReportPipeline):
    """Publishes before it synthesizes."""

    @workflow.run
    async def execute(self, request: Report = Report()) -> Done:
        await self.collect(Turn(name="collect"))
        await self.publish(Turn(name="publish"))
        await self.synthesize(Turn(name="synthesize"))
        return self.result([], None)


@workflow.defn(name="report")
class RenamedPipeline(ReportPipeline):
    """Its second step has another name."""

    combine = step(act, retry=SLOWLY, timeout=SHORT)
    synthesize = None  # pyright: ignore[reportAssignmentType]

    @workflow.run
    async def execute(self, request: Report = Report()) -> Done:
        await self.collect(Turn(name="collect"))
        await self.combine(Turn(name="combine"))
        await self.publish(Turn(name="publish"))
        return self.result([], None)


@workflow.defn(name="report")
class ShortenedPipeline(ReportPipeline):
    """Its second step is gone."""

    synthesize = None  # pyright: ignore[reportAssignmentType]

    @workflow.run
    async def execute(self, request: Report = Report()) -> Done:
        await self.collect(Turn(name="collect"))
        await self.publish(Turn(name="publish"))
        return self.result([], None)


@workflow.defn(name="report")
class OtherActivityPipeline(ReportPipeline):
    """Its second step calls another activity."""

    synthesize = step(act_simply, retry=SLOWLY, timeout=SHORT)

    @workflow.run
    async def execute(self, request: Report = Report()) -> Done:
        await self.collect(Turn(name="collect"))
        return await self._told(request, [])


@workflow.defn(name="report")
class TimedPipeline(ReportPipeline):
    """Waits before its second step."""

    @workflow.run
    async def execute(self, request: Report = Report()) -> Done:
        await self.collect(Turn(name="collect"))
        await asyncio.sleep(timedelta(minutes=1).total_seconds())
        return await self._told(request, [])


@workflow.defn(name="report")
class EndsEarlyPipeline(ReportPipeline):
    """Ends after its first step."""

    @workflow.run
    async def execute(self, request: Report = Report()) -> Done:
        await self.collect(Turn(name="collect"))
        return self.result([], None)


@workflow.defn(name="report")
class BrokenPipeline(ReportPipeline):
    """Has a bug after its first step."""

    @workflow.run
    async def execute(self, request: Report = Report()) -> Done:
        await self.collect(Turn(name="collect"))
        raise KeyError("totals")
