"""A pipeline of one cached step, in several declarations: what the tests of the step cache stand on."""

import asyncio
from datetime import timedelta

from temporalio import activity, workflow

from fiberwise.contracts.canonical import Called, Reference
from fiberwise.contracts.dataset import Artifact
from fiberwise.contracts.execution import PipelineResult
from fiberwise.contracts.payload import Asked, Payload, Volume
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.pipeline.policies import Cache
from fiberwise.pipeline.step import step
from tests.workflows.scripted import THRICE

TIME = timedelta(seconds=20)
ASKED: list[str] = []
"""The text of each question for which a body ran."""


class Question(Asked):
    """`lasting` pads the reply, `seconds` is what the body takes; `fails` how often it fails before it answers."""

    text: str = "?"
    unit: str = "m"
    source: Called | None = None
    data: Reference | None = None
    file: Artifact | None = None
    seconds: float = 0
    fails: int = 0
    padding: int = 0

    @property
    def volume(self) -> Volume:
        return Volume(rows=7, bytes=70)


class Reply(Payload):
    text: str
    source: Called | None = None
    file: Artifact | None = None


@activity.defn
async def reply(question: Question) -> Reply:
    ASKED.append(question.text)
    await asyncio.sleep(question.seconds)
    if ASKED.count(question.text) <= question.fails:
        raise ValueError("no answer yet")
    text = f"{question.text} {question.unit}" + "." * question.padding
    return Reply(text=text, source=question.source, file=question.file)


@workflow.defn(name="cached")
class CachedPipeline(Pipeline):
    """Its step's results are good for an hour."""

    ask = step(reply, retry=THRICE, timeout=TIME, cache=Cache(timedelta(hours=1)))

    @workflow.run
    async def execute(self, request: Question = Question()) -> PipelineResult[Reply, None]:
        return self.result(await self.ask(request), None)


@workflow.defn(name="cached-newer")
class NewerPipeline(Pipeline):
    """The same step, whose body has changed since."""

    ask = step(reply, retry=THRICE, timeout=TIME, cache=Cache(timedelta(hours=1)), version=2)

    @workflow.run
    async def execute(self, request: Question = Question()) -> PipelineResult[Reply, None]:
        return self.result(await self.ask(request), None)


@workflow.defn(name="cached-briefly")
class BriefPipeline(Pipeline):
    """The same step, whose results are good for the blink of an eye."""

    ask = step(reply, retry=THRICE, timeout=TIME, cache=Cache(timedelta(milliseconds=1)))

    @workflow.run
    async def execute(self, request: Question = Question()) -> PipelineResult[Reply, None]:
        return self.result(await self.ask(request), None)


PIPELINES: dict[str, type[Pipeline]] = {
    "cached": CachedPipeline,
    "cached-newer": NewerPipeline,
    "cached-briefly": BriefPipeline,
}
