"""Pipelines that bend: steps that hold for repair, wait for leave, are undone, or have something to stand in."""

from datetime import timedelta

from pydantic import Field
from temporalio import activity, workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError

from fiberwise.contracts.execution import PipelineResult
from fiberwise.contracts.payload import Asked
from fiberwise.pipeline.parallel import in_parallel
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.pipeline.policies import Approval, Hold
from fiberwise.pipeline.step import step
from tests.workflows.scripted import Told, Turn, act

TWICE = RetryPolicy(initial_interval=timedelta(minutes=1), maximum_attempts=2)
SHORT, WEEK, MONTH = timedelta(seconds=2), timedelta(days=7), timedelta(days=30)


class Bend(Asked):
    """For each step, what its attempts do, one after the other; then, and without any: `ok`."""

    first: list[str] = []
    left: list[str] = []
    right: list[str] = []
    undo: list[str] = []
    plain: list[str] = []
    which: str = Field(default="", description="which of its steps a pipeline of several does")


@activity.defn
async def take_back(told: Told) -> Told:
    """Undoes; fails when the text says so."""
    if told.text.startswith("stuck"):
        raise ApplicationError("it cannot be taken back", type="Stuck", non_retryable=True)
    return Told(text=f"took back {told.text}")


@activity.defn
async def act_simply(turn: Turn) -> Told:
    """What stands in for a turn; fails when its script says so."""
    if "broken" in turn.script:
        raise ApplicationError("the stand-in broke", type="Broken", non_retryable=True)
    return Told(text=f"{turn.name}, simply")


def invent(turn: Turn) -> Told:
    return Told(text=f"{turn.name}, invented")


def stumble(turn: Turn) -> Told:
    raise LookupError(f"nothing for {turn.name}")


@workflow.defn(name="plain")
class PlainPipeline(Pipeline):
    """What others fall back on."""

    plain = step(act, retry=TWICE, timeout=SHORT)

    @workflow.run
    async def execute(self, request: Bend = Bend()) -> PipelineResult[list[Told | None], None]:
        return self.result([await self.plain(Turn(name="plain", script=request.plain))], None)


@workflow.defn(name="worse")
class WorsePipeline(Pipeline):
    """A fallback that always fails, and has one of its own."""

    worse = step(act, retry=TWICE, timeout=SHORT)
    fallbacks = ("plain",)

    @workflow.run
    async def execute(self, request: Bend = Bend()) -> PipelineResult[list[Told | None], None]:
        return self.result([await self.worse(Turn(name="worse", script=["error"] * 2))], None)


@workflow.defn(name="mendable")
class MendablePipeline(Pipeline):
    """Holds when a step has failed for good; then falls back."""

    first = step(act, retry=TWICE, timeout=SHORT, hold=Hold(within=WEEK))
    left = step(act, retry=TWICE, timeout=SHORT, hold=Hold(within=WEEK))
    right = step(act, retry=TWICE, timeout=SHORT, hold=Hold(within=WEEK), optional=True)
    fallbacks = ("plain",)

    @workflow.run
    async def execute(self, request: Bend = Bend()) -> PipelineResult[list[Told | None], None]:
        first = await self.first(Turn(name="first", script=request.first))
        left, right = await in_parallel(
            self.left(Turn(name="left", script=request.left)),
            self.right(Turn(name="right", script=request.right)),
        )
        return self.result([first, left, right], None)


@workflow.defn(name="chained")
class ChainedPipeline(Pipeline):
    """Falls back on one that falls back."""

    first = step(act, retry=TWICE, timeout=SHORT)
    fallbacks = ("worse",)

    @workflow.run
    async def execute(self, request: Bend = Bend()) -> PipelineResult[list[Told | None], None]:
        return self.result([await self.first(Turn(name="first", script=request.first))], None)


@workflow.defn(name="gated")
class GatedPipeline(Pipeline):
    """Waits for a person before each step, each with another meaning of silence."""

    strict = step(act, retry=TWICE, timeout=SHORT, approval=Approval(by=("ann", "bob"), within=MONTH))
    lenient = step(act, retry=TWICE, timeout=SHORT, approval=Approval(within=WEEK, silence="approve"))
    spare = step(act, retry=TWICE, timeout=SHORT, approval=Approval(within=WEEK), optional=True)
    fallbacks = ("plain",)

    @workflow.run
    async def execute(self, request: Bend = Bend()) -> PipelineResult[list[Told | None], None]:
        ask = {"strict": self.strict, "lenient": self.lenient, "spare": self.spare}[request.which]
        return self.result([await ask(Turn(name=request.which, script=request.first))], None)


@workflow.defn(name="undone")
class UndonePipeline(Pipeline):
    """Two steps that can be undone, then one that may fail."""

    first = step(act, retry=TWICE, timeout=SHORT, undo=take_back)
    left = step(act, retry=TWICE, timeout=SHORT, undo=take_back)
    right = step(act, retry=TWICE, timeout=SHORT)

    @workflow.run
    async def execute(self, request: Bend = Bend()) -> PipelineResult[list[Told | None], None]:
        first = await self.first(Turn(name="first", script=request.first))
        left = await self.left(Turn(name=request.which or "left", script=request.left))
        return self.result([first, left, await self.right(Turn(name="right", script=request.right))], None)


@workflow.defn(name="stood-in")
class StoodInPipeline(Pipeline):
    """One step of each kind of stand-in."""

    value = step(act, retry=TWICE, timeout=SHORT, instead=Told(text="a value"))
    plainly = step(act, retry=TWICE, timeout=SHORT, instead=invent)
    simply = step(act, retry=TWICE, timeout=SHORT, instead=act_simply)
    stumbling = step(act, retry=TWICE, timeout=SHORT, instead=stumble)
    spare = step(act, retry=TWICE, timeout=SHORT, instead=stumble, optional=True)

    @workflow.run
    async def execute(self, request: Bend = Bend()) -> PipelineResult[list[Told | None], None]:
        steps = {
            "value": self.value,
            "plainly": self.plainly,
            "simply": self.simply,
            "stumbling": self.stumbling,
            "spare": self.spare,
        }
        done = await steps[request.which](Turn(name=request.which, script=request.first))
        return self.result([done], None)


PIPELINES: dict[str, type[Pipeline]] = {
    "plain": PlainPipeline,
    "worse": WorsePipeline,
    "mendable": MendablePipeline,
    "chained": ChainedPipeline,
    "gated": GatedPipeline,
    "undone": UndonePipeline,
    "stood-in": StoodInPipeline,
}
