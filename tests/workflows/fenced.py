"""Steps side by side within an error boundary, one of which holds: what a sibling's failure does to it."""

import asyncio
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.common import RetryPolicy

from fiberwise.contracts.execution import PipelineResult
from fiberwise.pipeline.boundary import boundary
from fiberwise.pipeline.parallel import in_parallel
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.pipeline.policies import Hold
from fiberwise.pipeline.step import step
from tests.workflows.bending import Bend, PlainPipeline
from tests.workflows.scripted import Told, Turn, act

ONCE = RetryPolicy(maximum_attempts=1)
LONG = timedelta(seconds=20)


@activity.defn
async def stumble_late(turn: Turn) -> Told:
    """Fails after half a second; when cancelled before, its cleaning up fails."""
    if "late" in turn.script:
        await asyncio.sleep(0.5)
        raise ValueError("it broke late")
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        raise ValueError("cleaning up failed") from None
    return Told(text=turn.name)


@workflow.defn(name="fenced")
class FencedPipeline(Pipeline):
    """Two steps side by side in a boundary, then a last one that takes its time."""

    left = step(act, retry=ONCE, timeout=LONG, hold=Hold())
    right = step(stumble_late, retry=ONCE, timeout=LONG, hold=Hold())
    breaks = step(stumble_late, retry=ONCE, timeout=LONG)
    last = step(act, retry=ONCE, timeout=LONG)
    fallbacks = ("plain",)

    @workflow.run
    async def execute(self, request: Bend = Bend()) -> PipelineResult[None, None]:
        async with boundary(self, "the pair"):
            if request.which == "alone":
                await self.left(Turn(name="left", script=["break"]))
            held = self.left if request.which == "left" else self.right
            await in_parallel(
                held(Turn(name="held", script=["break"])), self.breaks(Turn(name="breaks", script=["late"]))
            )
        await self.last(Turn(name="last", script=["nap"]))
        return self.result(None, None)


PIPELINES: dict[str, type[Pipeline]] = {"plain": PlainPipeline, "fenced": FencedPipeline}
