"""A body on the event loop is charged for its own turns alone."""

import asyncio
import time

import pytest

from fiberwise.runtime.metering import Metered, Usage


def _burn(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


async def test_waiting_and_neighbours_cost_nothing():
    async def body() -> str:
        _burn(0.05)
        await asyncio.sleep(0.1)
        return "done"

    async def neighbour() -> None:
        await asyncio.sleep(0.02)
        _burn(0.05)

    usage = Usage()
    result, _ = await asyncio.gather(_awaited(Metered(body(), usage)), neighbour())
    assert result == "done"
    assert 45 <= usage.cpu_user_ms < 80


async def _awaited(metered: Metered[str]) -> str:
    return await metered


async def test_errors_and_cancels_pass_through():
    async def body() -> None:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            raise ValueError("cleaned up") from None

    task = asyncio.ensure_future(_awaited(Metered(body(), Usage())))  # pyright: ignore[reportArgumentType]
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(ValueError, match="cleaned up"):
        await task
