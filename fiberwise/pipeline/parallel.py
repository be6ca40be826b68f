"""Steps side by side."""

import asyncio
from typing import Any, TypeVar, overload

from fiberwise.pipeline.step import StepCall

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


@overload
async def in_parallel(a: StepCall[A], b: StepCall[B], /) -> tuple[A, B]: ...
@overload
async def in_parallel(a: StepCall[A], b: StepCall[B], c: StepCall[C], /) -> tuple[A, B, C]: ...
@overload
async def in_parallel(*calls: StepCall[A]) -> tuple[A, ...]: ...
async def in_parallel(*calls: StepCall[Any]) -> tuple[Any, ...]:
    """Does independent steps at once. A required one that fails cancels the others and waits for their end."""
    calls[0].pipeline.note_group([call.step.name for call in calls])
    tasks = [call.begin() for call in calls]
    try:
        return tuple(await asyncio.gather(*tasks))
    except (Exception, asyncio.CancelledError):
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
