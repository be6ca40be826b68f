"""The forms in which a run bends: how one comes into the middle of it, what a person then does, how it has to end."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Unpack

from fiberwise.contracts.execution import Outcome
from fiberwise.runtime.settings import Settings
from starter import retrying
from starter.client import FiberWise, How
from starter.connection import attached
from starter.retrying import Again
from tests.chaos.killing import Handle
from tests.workflows.bending import Bend

Begin = Callable[[FiberWise, Settings], Awaitable[Handle]]
Decide = Callable[[FiberWise, str], Awaitable[object]]
Line = tuple[str, int, str]
"""Step, attempt, status: an entry of the execution log."""

COMPLEX, MADE = "complex-multi-agent", {"generate": {"rows": 40}}
BREAK, HANG = ["break"], ["hang"]


@dataclass(frozen=True)
class Form:
    """`caught`: the activity, of the run or of its fallback, that runs when all is killed; or the phase it waits in."""

    begin: Begin
    caught: str
    outcome: Outcome
    log: set[Line]
    decide: Decide | None = None


def asked(pipeline: str, request: Any, **how: Unpack[How]) -> Begin:
    async def begin(ann: FiberWise, settings: Settings) -> Handle:
        return (await ann.start(pipeline, request, **how)).handle

    return begin


def bent(pipeline: str, /, **script: Any) -> Begin:
    return asked(pipeline, Bend(**script))


async def paused(ann: FiberWise, settings: Settings) -> Handle:
    run = await within("first", bent("lasting", first=HANG), ann, settings)
    await ann.pause(run.id, "new prices come")
    return run


async def cancelled(ann: FiberWise, settings: Settings) -> Handle:
    run = await within("right", bent("lasting-undone", right=HANG), ann, settings)
    await ann.cancel(run.id)
    return run


async def within(step: str, begin: Begin, ann: FiberWise, settings: Settings) -> Handle:
    """The run once this step of it is under way."""
    run = await begin(ann, settings)
    while ("running", step) not in [(one.state, one.step) for one in (await ann.view(run.id)).pending]:  # noqa: ASYNC110 - no signal
        await asyncio.sleep(0.2)
    return run


async def carried_on(ann: FiberWise, settings: Settings) -> Handle:
    """A run that failed in its second step is retried with a mended request."""
    failed = await ann.run("lasting", Bend(left=BREAK))
    again, client = Again("ann", changes=['left=["hang"]']), (await attached(settings)).client
    return (await retrying.retry(client, settings, failed.workflow_id, again)).handle


UNDONE: set[Line] = {
    ("first", 1, "completed"),
    ("left", 1, "completed"),
    ("right", 1, "failed"),
    ("left.undo", 1, "completed"),
    ("first.undo", 1, "lost"),
    ("first.undo", 2, "completed"),
}
FORMS = {
    "falling back": Form(
        asked(COMPLEX, MADE, faults={"generate": "fail", "digest": "slow"}),
        caught="digest#1.1",
        outcome="fallback",
        log={("generate", 1, "failed"), ("digest", 1, "lost"), ("digest", 2, "completed")},
    ),
    "held for repair": Form(
        asked(COMPLEX, MADE, faults={"extract": "fail"}, hold=True),
        caught="needs_repair",
        decide=lambda ann, id: ann.repair(id, "skip", "nobody reads the profile"),
        outcome="degraded",
        log={
            *(
                (step, 1, "completed")
                for step in ("generate", "transform", "synthesize", "analyze", "publish")
            ),
            ("extract", 1, "failed"),
            ("extract", 2, "skipped"),
        },
    ),
    "waiting for approval": Form(
        bent("gated", which="strict"),
        caught="waiting_approval",
        decide=lambda ann, id: ann.approve(id, "looks right"),
        outcome="full",
        log={("strict", 1, "completed")},
    ),
    "paused": Form(
        paused,
        caught="paused",
        decide=lambda ann, id: ann.resume(id),
        outcome="full",
        log={("first", 1, "lost"), ("first", 2, "completed"), ("left", 1, "completed")},
    ),
    "undone after a failure": Form(
        bent("lasting-undone", right=BREAK), caught="first#1.undo", outcome="failed", log=UNDONE
    ),
    "undone after a cancel": Form(cancelled, caught="first#1.undo", outcome="cancelled", log=UNDONE),
    "with a deadline": Form(
        asked("lasting", Bend(left=HANG * 9), deadline=timedelta(seconds=30)),
        caught="left#1.1",
        outcome="timed_out",
        log={("first", 1, "completed"), ("left", 1, "lost"), ("left", 2, "failed")},
    ),
    "carrying on another": Form(
        carried_on,
        caught="left#1.1",
        outcome="full",
        log={("first", 1, "cached"), ("left", 1, "lost"), ("left", 2, "completed")},
    ),
    "with a stand-in": Form(
        bent("lasting-stood-in", first=BREAK),
        caught="first#1.instead",
        outcome="degraded",
        log={("first", 1, "failed"), ("first", 2, "lost"), ("first", 3, "substituted")},
    ),
    "computing for the cache": Form(
        bent("lasting-cached", first=HANG),
        caught="first#1.1",
        outcome="full",
        log={("first", 1, "lost"), ("first", 2, "completed")},
    ),
}
