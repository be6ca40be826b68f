"""A pipeline that declares all that can race: steps side by side that hold, one that waits for leave, undoing."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from fiberwise.contracts.execution import PipelineResult
from fiberwise.contracts.payload import Asked
from fiberwise.pipeline.parallel import in_parallel
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.pipeline.policies import Approval, Hold
from fiberwise.pipeline.step import step
from tests.workflows.bending import act_simply, take_back
from tests.workflows.scripted import Told, Turn, act

SOON = RetryPolicy(initial_interval=timedelta(milliseconds=20), maximum_attempts=2)
SHORT, DAYS, WEEK = timedelta(seconds=2), timedelta(days=3), timedelta(days=7)


class Race(Asked):
    """For each step, what its attempts do, one after the other; then, and without any: `ok`."""

    first: list[str] = []
    left: list[str] = []
    right: list[str] = []
    last: list[str] = []
    spare: list[str] = []


@workflow.defn(name="spare")
class SparePipeline(Pipeline):
    """What the other falls back on."""

    spare = step(act, retry=SOON, timeout=SHORT, undo=take_back)

    @workflow.run
    async def execute(self, request: Race = Race()) -> PipelineResult[list[Told | None], None]:
        return self.result([await self.spare(Turn(name="spare", script=request.spare))], None)


@workflow.defn(name="raced")
class RacedPipeline(Pipeline):
    first = step(act, retry=SOON, timeout=SHORT, undo=take_back)
    left = step(act, retry=SOON, timeout=SHORT, undo=take_back, hold=Hold(within=WEEK))
    right = step(act, retry=SOON, timeout=SHORT, hold=Hold(within=DAYS), optional=True, instead=act_simply)
    last = step(
        act, retry=SOON, timeout=SHORT, undo=take_back, approval=Approval(("ann",), WEEK, silence="approve")
    )
    fallbacks = ("spare",)

    @workflow.run
    async def execute(self, request: Race = Race()) -> PipelineResult[list[Told | None], None]:
        first = await self.first(Turn(name="first", script=request.first))
        left, right = await in_parallel(
            self.left(Turn(name="left", script=request.left)),
            self.right(Turn(name="right", script=request.right)),
        )
        last = await self.last(Turn(name="last", script=request.last))
        return self.result([first, left, right, last], None)


PIPELINES: dict[str, type[Pipeline]] = {"raced": RacedPipeline, "spare": SparePipeline}
