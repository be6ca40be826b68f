"""Whether the event loop was held."""

import asyncio
import time


async def longest_tick(seconds: float) -> float:
    """The longest time that the loop was away from us, in seconds."""
    longest, end = 0.0, time.perf_counter() + seconds
    while (now := time.perf_counter()) < end:
        await asyncio.sleep(0.01)
        longest = max(longest, time.perf_counter() - now)
    return longest
