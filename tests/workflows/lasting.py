"""Pipelines to be caught in the middle: the first attempt of what is caught never ends, the second ends at once."""

import asyncio
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.common import RetryPolicy

from fiberwise.contracts.execution import PipelineResult
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.pipeline.policies import Cache
from fiberwise.pipeline.step import step
from tests.workflows.bending import Bend, take_back
from tests.workflows.scripted import Told, Turn, act

SOON = RetryPolicy(initial_interval=timedelta(seconds=0.1), maximum_attempts=3)
LONG = timedelta(minutes=10)
Turns = PipelineResult[list[Told], None]


async def _never_at_first() -> None:
    if activity.info().attempt == 1:
        await asyncio.sleep(LONG.total_seconds())


@activity.defn
async def take_back_late(told: Told) -> Told:
    await _never_at_first()
    return Told(text=f"took back {told.text}")


@activity.defn
async def act_late(turn: Turn) -> Told:
    """What stands in for a turn."""
    await _never_at_first()
    return Told(text=f"{turn.name}, simply")


@workflow.defn(name="lasting")
class LastingPipeline(Pipeline):
    """One turn after the other."""

    first = step(act, retry=SOON, timeout=LONG)
    left = step(act, retry=SOON, timeout=LONG)

    @workflow.run
    async def execute(self, request: Bend = Bend()) -> Turns:
        first = await self.first(Turn(name="first", script=request.first))
        return self.result([first, await self.left(Turn(name="left", script=request.left))], None)


@workflow.defn(name="lasting-undone")
class LastingUndonePipeline(Pipeline):
    """What undoes its first step is caught, once its second one is undone."""

    first = step(act, retry=SOON, timeout=LONG, undo=take_back_late)
    left = step(act, retry=SOON, timeout=LONG, undo=take_back)
    right = step(act, retry=SOON, timeout=LONG)

    @workflow.run
    async def execute(self, request: Bend = Bend()) -> Turns:
        first = await self.first(Turn(name="first", script=request.first))
        left = await self.left(Turn(name="left", script=request.left))
        return self.result([first, left, await self.right(Turn(name="right", script=request.right))], None)


@workflow.defn(name="lasting-stood-in")
class LastingStoodInPipeline(Pipeline):
    """What stands in for its step is caught."""

    first = step(act, retry=SOON, timeout=LONG, instead=act_late)

    @workflow.run
    async def execute(self, request: Bend = Bend()) -> Turns:
        return self.result([await self.first(Turn(name="first", script=request.first))], None)


@workflow.defn(name="lasting-cached")
class LastingCachedPipeline(Pipeline):
    """Its step is caught while it computes what others may wait for."""

    first = step(act, retry=SOON, timeout=LONG, cache=Cache())

    @workflow.run
    async def execute(self, request: Bend = Bend()) -> Turns:
        return self.result([await self.first(Turn(name="first", script=request.first))], None)


PIPELINES: dict[str, type[Pipeline]] = {
    "lasting": LastingPipeline,
    "lasting-undone": LastingUndonePipeline,
    "lasting-stood-in": LastingStoodInPipeline,
    "lasting-cached": LastingCachedPipeline,
}
