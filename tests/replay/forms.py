"""What is recorded of every pipeline: forms, each a real run of the real program on an empty state folder."""

from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, Unpack
from uuid import uuid4

from temporalio.client import WorkflowHistory

from starter.client import How
from tests.replay.stage import Stage, stage

Form = Callable[[], Coroutine[Any, Any, WorkflowHistory]]
Make = Callable[[Stage], Awaitable[str]]
"""Makes a run on a stage, and returns its workflow id once it has ended."""

PENGUINS, SMALL = {"data": "examples/penguins.csv"}, {"data": "tests/replay/small.csv"}
FEW = {"generate": {"rows": 40}}
NOWHERE = "/nowhere/at/all.csv"


def on_stage(make: Make) -> Form:
    async def recorded() -> WorkflowHistory:
        async with stage() as here:
            return await here.history(await make(here))

    return recorded


def run(pipeline: str, request: Any, **how: Unpack[How]) -> Form:
    return on_stage(lambda here: ran(here, pipeline, request, **how))


async def ran(here: Stage, pipeline: str, request: Any, **how: Unpack[How]) -> str:
    return await here.ended(await here.started(pipeline, request, **how))


async def failed(here: Stage, pipeline: str) -> str:
    """Bad input that is found only after the start, as from the Web UI: it never falls back."""
    workflow_id, queue = f"{pipeline}/{uuid4()}", here.settings.task_queue
    await here.client.start_workflow(pipeline, {"data": NOWHERE}, id=workflow_id, task_queue=queue)
    return await here.ended(workflow_id)


async def cancelled(here: Stage, pipeline: str, step: str, small: Any = SMALL) -> str:
    workflow_id = await here.started(pipeline, small, faults={step: "hang"})
    await here.running(workflow_id, step)
    await here.ann.cancel(workflow_id)
    return await here.ended(workflow_id)


async def worker_killed(pipeline: str, step: str, small: Any = SMALL) -> WorkflowHistory:
    """The worker dies by SIGKILL within the step; another takes the run to its end."""
    async with stage() as here:
        workflow_id = await here.started(pipeline, small, faults={step: "kill-worker"})
        await here.died()
    async with stage() as here:
        return await here.history(await here.ended(workflow_id))


def fallback_of(make: Make) -> Make:
    """The child that does the work of a run that falls back."""

    async def child(here: Stage) -> str:
        return (await here.ann.answer(await make(here))).fell_to[0]

    return child


def usual(
    pipeline: str, step: str, data: Any = PENGUINS, small: Any = SMALL, made: Any = FEW
) -> dict[str, Form]:
    """What is recorded of every pipeline; one step of it is the one that fails, hangs, and is killed."""
    return {
        "full": run(pipeline, data),
        "generated": run(pipeline, made),
        "retried": run(pipeline, small, faults={step: "fail-once"}),
        "failed": on_stage(partial(failed, pipeline=pipeline)),
        "cancelled": on_stage(partial(cancelled, pipeline=pipeline, step=step, small=small)),
        "worker-killed": partial(worker_killed, pipeline, step, small),
    }
