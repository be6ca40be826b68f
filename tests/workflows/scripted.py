"""A pipeline whose steps do what the request's script says, attempt by attempt: the mechanism's own test piece."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from pydantic import Field
from temporalio import activity, workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError

from fiberwise.contracts.errors import BadInput
from fiberwise.contracts.execution import PipelineResult
from fiberwise.contracts.payload import Asked, Payload, Volume
from fiberwise.pipeline.parallel import in_parallel
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.pipeline.step import step

THRICE = RetryPolicy(initial_interval=timedelta(minutes=1), backoff_coefficient=2, maximum_attempts=3)
SHORT = timedelta(seconds=2)


class Script(Asked):
    """For each step, what its first, second, … attempt does; after the last, and without one: `ok`."""

    first: list[str] = []
    left: list[str] = []
    right: list[str] = []
    bug: str = Field(default="", description="`execute` raises this after `first`, as a bug of its own does")
    refuse: str = Field(default="", description="`execute` itself fails with this message after `first`")


class Turn(Payload):
    name: str
    script: list[str] = []

    @property
    def about(self) -> str:
        return f"the {self.name} turn"


class Told(Payload):
    text: str
    rows: int = 3

    @property
    def volume(self) -> Volume:
        return Volume(rows=self.rows, bytes=len(self.text))


@activity.defn
async def act(turn: Turn) -> Told:
    """Does what the script says for this attempt."""
    attempt = activity.info().attempt
    what = turn.script[attempt - 1] if attempt <= len(turn.script) else "ok"
    _fail(what, attempt)
    await _tarry(what)
    if what == "long text":
        return Told(text="x" * 100_000)
    return Told(text="\ud800" if what == "unsendable" else f"{turn.name} after {attempt}")


def _fail(what: str, attempt: int) -> None:
    if what == "error":
        raise ValueError(f"no luck at attempt {attempt}")
    if what == "bad input":
        raise BadInput("column `x` is missing", where="line 3", hint="add it")
    if what == "break":
        raise ApplicationError("it broke for good", type="Broken", non_retryable=True)
    if what == "time out":
        raise TimeoutError("the model did not answer within 5 s")


async def _tarry(what: str) -> None:
    if what == "doze":
        await asyncio.sleep(0.2)
    if what == "nap":
        await asyncio.sleep(1)
    if what == "hang":
        await asyncio.sleep(3600)
    if what == "end when cancelled":
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)


@workflow.defn(name="scripted")
class ScriptedPipeline(Pipeline):
    """First, then left and right side by side; right is optional."""

    first = step(act, retry=THRICE, timeout=SHORT)
    left = step(act, retry=THRICE, timeout=SHORT)
    right = step(act, retry=THRICE, timeout=SHORT, optional=True)

    @workflow.run
    async def execute(self, request: Script = Script()) -> PipelineResult[list[Told | None], None]:
        first = await self.first(Turn(name="first", script=request.first))
        if request.bug:
            raise RuntimeError(request.bug)
        if request.refuse:
            raise ApplicationError(request.refuse, "a detail of its own", type="Refused")
        left, right = await in_parallel(
            self.left(Turn(name="left", script=request.left)),
            self.right(Turn(name="right", script=request.right)),
        )
        return self.result([first, left, right], None)
