"""A scope that no cancel reaches: one that comes while the end is made comes too late."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def shielded(work: Coroutine[Any, Any, T]) -> T:
    """What `work` gives, whatever comes meanwhile."""
    working = asyncio.ensure_future(work)
    while True:
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            if working.done():
                return working.result()
