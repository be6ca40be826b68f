"""Waiting for what gives no signal: another process's end, a file's lock."""

import asyncio
import time
from collections.abc import Callable
from math import inf

POLL_SECONDS = 0.02


async def until(condition: Callable[[], bool], seconds: float = inf) -> bool:
    """Whether `condition` came true in time."""
    deadline = time.monotonic() + seconds
    while True:
        if condition():
            return True
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(POLL_SECONDS)
