"""The forms of streaming: of the runs whose steps stream, and of the workflow that works through the chunks."""

from functools import partial
from typing import Unpack

from temporalio.client import WorkflowHistory

from fiberwise.pipeline.streaming import STREAM
from starter import retrying
from starter.client import How
from starter.retrying import Again
from starter.starts import Started
from tests.replay.forms import PENGUINS, Form, on_stage, ran
from tests.replay.stage import Stage, stage
from tests.workflows.chunked import Many

COMPLEX, CHUNKED = "complex-multi-agent", "chunked"
MANY = Many(chunks=12)


async def streamed(here: Stage, pipeline: str, request: object, **how: Unpack[How]) -> str:
    return await ran(here, pipeline, request, stream=True, **how)


async def redriven(here: Stage) -> str:
    torn = await streamed(here, COMPLEX, PENGUINS, faults={"extract#2": "fail"})
    again = Again("ann")
    order = await retrying.redriven(here.client, here.settings, torn, again)
    begun = (
        order
        if isinstance(order, Started)
        else await retrying.begun(here.client, here.settings, order, again)
    )
    return await here.ended(begun.handle.id)


async def _under_way(here: Stage) -> str:
    """A run whose stream has gone on as new, and of which the ninth chunk hangs."""
    workflow_id = await here.started(CHUNKED, MANY, stream=True, faults={"take#9": "hang"})
    await here.seen(workflow_id, lambda found: any("9 of 12" in row.summary for row in found.steps))
    return workflow_id


async def cancelled(here: Stage) -> str:
    workflow_id = await _under_way(here)
    await here.ann.cancel(workflow_id)
    return await here.ended(workflow_id)


async def child_of(here: Stage, workflow_id: str, step: str = "take") -> str:
    """The stream of a step."""
    return f"{workflow_id}/{step}.1.1"


async def of_stream(here: Stage, step: str, **how: Unpack[How]) -> str:
    return await child_of(here, await streamed(here, CHUNKED, MANY, **how), step)


async def cancelled_stream(here: Stage) -> str:
    return await child_of(here, await cancelled(here))


async def first_run() -> WorkflowHistory:
    """Of a stream that went on as new: the run that did so."""
    async with stage() as here:
        last = await here.history(await of_stream(here, "take"))
        began = last.events[0].workflow_execution_started_event_attributes
        return await here.history(last.workflow_id, began.first_execution_run_id)


async def killed() -> WorkflowHistory:
    async with stage() as here:
        workflow_id = await here.started(CHUNKED, MANY, stream=True, faults={"take#2": "kill-worker"})
        await here.died()
    async with stage() as here:
        return await here.history(await child_of(here, await here.ended(workflow_id)))


FORMS: dict[str, dict[str, Form]] = {
    COMPLEX: {
        "streamed": on_stage(partial(streamed, pipeline=COMPLEX, request=PENGUINS)),
        "streamed-torn": on_stage(
            partial(streamed, pipeline=COMPLEX, request=PENGUINS, faults={"ingest#2": "fail"})
        ),
        "streamed-redriven": on_stage(redriven),
    },
    CHUNKED: {
        "streamed": on_stage(partial(streamed, pipeline=CHUNKED, request=MANY)),
        "cancelled": on_stage(cancelled),
        "failed": on_stage(partial(streamed, pipeline=CHUNKED, request=MANY, faults={"take": "fail"})),
    },
    STREAM: {
        "renewed": first_run,
        "last-run": on_stage(partial(of_stream, step="take")),
        "two-rounds": on_stage(partial(of_stream, step="add")),
        "torn": on_stage(partial(of_stream, step="take", faults={"take#3": "fail"})),
        "cancelled": on_stage(cancelled_stream),
        "worker-killed": killed,
    },
}
