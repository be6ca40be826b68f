"""A pipeline whose steps do deeds outside, each under its key: a ledger tells which were done, and how often."""

import asyncio
import json
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from temporalio import activity, workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError

from fiberwise.contracts.execution import PipelineResult
from fiberwise.contracts.identity import execution_id_of
from fiberwise.contracts.payload import Asked, Payload
from fiberwise.pipeline.parallel import in_parallel
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.pipeline.step import step
from fiberwise.runtime.step_key import step_key

OFTEN = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=2), maximum_attempts=4
)
TIME = timedelta(seconds=3)
Manner = Literal["well", "raise", "stumble", "hang", "late", "twice"]


class Deeds(Asked):
    """Where the ledger is, and how the first attempt of each step goes: `stumble`, `hang` and `late` after the deed."""

    ledger: str = ""
    first: Manner = "well"
    left: Manner = "well"
    right: Manner = "well"
    last: Manner = "well"


class Deed(Payload):
    ledger: str
    manner: Manner = "well"


class Done(Payload):
    ledger: str
    key: str


class Line(Payload):
    """A body that came to its deed. `anew`: the service did not know the key yet."""

    execution: str
    call: str
    key: str
    attempt: int
    anew: bool
    at: datetime


@activity.defn
async def do(deed: Deed) -> Done:
    manner = deed.manner if activity.info().attempt == 1 else "well"
    if manner == "raise":
        raise ApplicationError("not in the mood")
    for _ in range(2 if manner == "twice" else 1):
        enter(Path(deed.ledger))
    if manner == "stumble":
        raise ApplicationError("done, but not told")
    if manner == "hang":
        await asyncio.sleep(3600)
    if manner == "late":
        with suppress(asyncio.CancelledError):  # its time is up, and it comes back all the same
            await asyncio.sleep(3600)
    return Done(ledger=deed.ledger, key=step_key())


@activity.defn
async def undo(done: Done) -> Done:
    enter(Path(done.ledger))
    return done


def enter(ledger: Path) -> None:
    """As a service does that knows keys: the deed is done for a key that is new, and noted in any case."""
    info, key = activity.info(), step_key()
    try:
        (ledger / key.replace("/", "|")).touch(exist_ok=False)
        anew = True
    except FileExistsError:
        anew = False
    execution = execution_id_of(info.workflow_id or "")
    line = Line(
        execution=execution,
        call=info.activity_id,
        key=key,
        attempt=info.attempt,
        anew=anew,
        at=datetime.now(UTC),
    )
    # One write to a file opened for appending: lines of two workers never mix.
    handle = os.open(ledger / "ledger.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, (json.dumps(line.model_dump(mode="json")) + "\n").encode())
    finally:
        os.close(handle)


@workflow.defn(name="ledgered")
class LedgeredPipeline(Pipeline):
    """A deed, two side by side, and a last one; what was done is undone when it fails."""

    first = step(do, retry=OFTEN, timeout=TIME, undo=undo)
    left = step(do, retry=OFTEN, timeout=TIME, undo=undo)
    right = step(do, retry=OFTEN, timeout=TIME, optional=True)
    last = step(do, retry=OFTEN, timeout=TIME)

    @workflow.run
    async def execute(self, request: Deeds = Deeds()) -> PipelineResult[list[Done | None], None]:
        def deed(manner: Manner) -> Deed:
            return Deed(ledger=request.ledger, manner=manner)

        first = await self.first(deed(request.first))
        left, right = await in_parallel(self.left(deed(request.left)), self.right(deed(request.right)))
        return self.result([first, left, right, await self.last(deed(request.last))], None)
