"""The trials of a rehearsal: each step of a pipeline, with each fault, once."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, get_args

from temporalio.client import Client

from fiberwise.contracts.execution import PipelineResult
from fiberwise.contracts.options import FaultKind
from fiberwise.contracts.rehearsal import ResilienceCard, Trial
from fiberwise.pipeline.receipts import GOOD
from fiberwise.pipeline.results import result_of
from fiberwise.runtime.settings import Settings
from starter.starts import Ordered, start

KILL: FaultKind = "kill-worker"
ALL: tuple[FaultKind, ...] = get_args(FaultKind)
AT_ONCE = 4
Told = Callable[[Trial], None]
Result = PipelineResult[Any, Any]


async def rehearse(
    client: Client,
    settings: Settings,
    orders: Sequence[Ordered],
    told: Told,
    faults: Sequence[FaultKind] = ALL,
) -> ResilienceCard:
    """Plays each fault in each step that one of `orders`, requests of one pipeline, comes to."""
    reached = await _reached(client, settings, orders)
    steps = [step.name for step in orders[0].pipeline.steps]
    places = asyncio.Semaphore(AT_ONCE)

    async def one(step: str, fault: FaultKind) -> Trial:
        async with places:
            trial = await _trial(client, settings, reached[step], step, fault)
        told(trial)
        return trial

    known = [step for step in steps if step in reached]
    gentle: list[FaultKind] = [fault for fault in faults if fault != KILL]
    killing: list[FaultKind] = [fault for fault in faults if fault == KILL]
    trials = await asyncio.gather(*(one(step, fault) for step in known for fault in gentle))
    # A worker that is killed takes the others' steps with it: one such trial at a time, when no other runs.
    trials += [await one(step, fault) for step in known for fault in killing]
    return ResilienceCard(
        pipeline=orders[0].pipeline.name,
        trials=sorted(trials, key=lambda trial: steps.index(trial.step)),
        unreached=[step for step in steps if step not in reached],
    )


async def _reached(client: Client, settings: Settings, orders: Iterable[Ordered]) -> dict[str, Ordered]:
    """Which order comes to which step, when nothing fails."""
    found: dict[str, Ordered] = {}
    for order in orders:
        result, _ = await _played(client, settings, order)
        for entry in result.execution_log:
            found.setdefault(entry.step, order)
    return found


async def _trial(client: Client, settings: Settings, order: Ordered, step: str, fault: FaultKind) -> Trial:
    result, seconds = await _played(client, settings, replace(order, faults={step: fault}))
    done = {entry.step for entry in result.execution_log if entry.status in GOOD}
    tried = {entry.step for entry in result.execution_log}
    return Trial(
        step=step,
        fault=fault,
        outcome=result.outcome,
        attempts=sum(entry.step == step for entry in result.execution_log),
        seconds=round(seconds, 1),
        completeness=result.completeness,
        missing=sorted(tried - done),
    )


async def _played(client: Client, settings: Settings, order: Ordered) -> tuple[Result, float]:
    started = await start(client, settings, order)
    result = await result_of(started.handle)
    described = await started.handle.describe()
    ended = described.close_time or described.start_time
    return result, (ended - described.start_time).total_seconds()
