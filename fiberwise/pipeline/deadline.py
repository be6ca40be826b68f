"""A run's deadline: a timer that ends its work, so that the run itself can deliver what it has."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow

from fiberwise.pipeline.state import RunState

T = TypeVar("T")


async def in_time(run: RunState, work: Coroutine[Any, Any, T]) -> T:
    """What `work` gives, which is cancelled when the deadline passes. Without a deadline no timer is started."""
    if run.deadline_at is None:
        return await work
    left = run.deadline_at - workflow.now()
    working = asyncio.ensure_future(work)
    timer = asyncio.ensure_future(workflow.sleep(max(left, timedelta()), summary="the run's deadline"))
    try:
        await workflow.wait([working, timer], return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        working.cancel()
    if timer.done() and not working.done():
        run.stopping = "timed_out"
        working.cancel()
    timer.cancel()
    return await working
