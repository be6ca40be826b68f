"""A pipeline of two steps that stream over numbers instead of tables: what the tests of streaming stand on."""

import asyncio
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError

from fiberwise.contracts.dataset import Artifact, Chunks
from fiberwise.contracts.execution import PipelineResult
from fiberwise.contracts.payload import Asked, Payload
from fiberwise.contracts.stream import Gathered, Part, Portion
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.pipeline.policies import Round, Stream
from fiberwise.pipeline.step import step

TWICE = RetryPolicy(initial_interval=timedelta(milliseconds=20), maximum_attempts=2)
TIME = timedelta(seconds=20)
NOWHERE = Artifact(uri="memory://none", format="none", bytes=0, sha256="")
WORKED: list[tuple[str, int]] = []
"""Each time that a chunk was worked on: by which step's round, and which chunk."""
BUSY: dict[str, int] = {"now": 0, "most": 0}
"""How many chunks are worked on, and were at most."""


class Many(Asked):
    """`chunks` of ten rows each, those in `bad` fail whatever is tried, those in `shaky` once; each takes `seconds`."""

    chunks: int = 7
    bad: list[int] = []
    shaky: list[int] = []
    seconds: float = 0
    merge: str = ""


class Numbers(Payload):
    """What was taken in: `numbers` of those chunks that are there."""

    chunks: Chunks | None = None
    numbers: list[int] = []
    seconds: float = 0
    shaky: list[int] = []
    bad: list[int] = []


class Total(Payload):
    """The sum of the numbers of the chunks, and of their squares less it."""

    total: int
    missing: list[int] = []


def _chunks(count: int) -> Chunks:
    return Chunks(list=NOWHERE, count=count)


async def _work(name: str, number: int, many: "Many | Numbers", value: int) -> Part:
    WORKED.append((name, number))
    BUSY["now"] += 1
    BUSY["most"] = max(BUSY.values())
    try:
        await asyncio.sleep(many.seconds)
        if number in many.bad:
            raise ApplicationError(f"number {number} cannot be read", type="Unreadable", non_retryable=True)
        if number in many.shaky and activity.info().attempt == 1:
            raise ApplicationError("no luck")
    finally:
        BUSY["now"] -= 1
    return Part(number=number, file=NOWHERE.model_copy(update={"bytes": value}), rows=10, bytes=100)


@activity.defn
async def take_whole(many: Many) -> Numbers:
    return Numbers(numbers=list(range(many.chunks)))


@activity.defn
async def cut_many(many: Many) -> Chunks:
    return _chunks(many.chunks)


@activity.defn
async def take_chunk(portion: Portion[Many]) -> Part:
    return await _work("take", portion.number, portion.request, portion.number)


@activity.defn
async def take_together(gathered: Gathered[Many]) -> Numbers:
    if gathered.request.merge:
        raise ApplicationError(gathered.request.merge, type="Torn", non_retryable=True)
    numbers = [part.file.bytes for part in gathered.parts]
    return Numbers(chunks=_chunks(len(numbers)), numbers=numbers, seconds=gathered.request.seconds)


@activity.defn
async def add_whole(numbers: Numbers) -> Total:
    return Total(total=sum(numbers.numbers))


@activity.defn
async def add_chunk(portion: Portion[Numbers]) -> Part:
    return await _work("add", portion.number, portion.request, portion.request.numbers[portion.number])


@activity.defn
async def add_together(gathered: Gathered[Numbers]) -> Total:
    return Total(total=sum(part.file.bytes for part in gathered.parts))


@activity.defn
async def square_chunk(portion: Portion[Numbers]) -> Part:
    total = Total.model_validate(portion.so_far).total
    number = portion.request.numbers[portion.number]
    return await _work("square", portion.number, portion.request, number * number + 0 * total)


@activity.defn
async def square_together(gathered: Gathered[Numbers]) -> Total:
    before = Total.model_validate(gathered.so_far).total
    return Total(total=sum(part.file.bytes for part in gathered.parts) - before)


def _of(numbers: Numbers) -> Chunks | None:
    return numbers.chunks


@workflow.defn(name="chunked")
class ChunkedPipeline(Pipeline):
    """Takes numbers in and adds them up, in one round and in two."""

    take = step(
        take_whole,
        retry=TWICE,
        timeout=TIME,
        stream=Stream((Round(take_chunk, take_together),), cut=cut_many, window=3, renewed_after=5),
    )
    add = step(
        add_whole,
        retry=TWICE,
        timeout=TIME,
        optional=True,
        stream=Stream(
            (Round(add_chunk, add_together), Round(square_chunk, square_together)),
            of=_of,
            window=2,
            renewed_after=9,
        ),
    )

    @workflow.run
    async def execute(self, request: Many = Many()) -> PipelineResult[Total | None, None]:
        return self.result(await self.add(await self.take(request)), None)


PIPELINES: dict[str, type[Pipeline]] = {"chunked": ChunkedPipeline}
