"""Puts load on one side, and measures it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median

import psutil

Run = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Load:
    """`runs` with `in_flight` of them at once, then `alone` runs one after the other."""

    runs: int
    in_flight: int
    alone: int


@dataclass(frozen=True)
class Sample:
    """CPU is per run, in ms: of this process (worker and client, all threads), and of the server."""

    runs_per_s: float
    alone_p50_ms: float
    worker_cpu_ms: float
    server_cpu_ms: float


async def measure(run: Run, server: psutil.Process, load: Load) -> Sample:
    """Warms up first: code loaded, workflows cached, connections open."""
    await _at_once(run, min(load.runs, load.in_flight) // 2, load.in_flight)
    began, worker, served = time.monotonic(), time.process_time(), _cpu_seconds(server)
    await _at_once(run, load.runs, load.in_flight)
    wall = time.monotonic() - began
    return Sample(
        runs_per_s=load.runs / wall,
        worker_cpu_ms=(time.process_time() - worker) / load.runs * 1000,
        server_cpu_ms=(_cpu_seconds(server) - served) / load.runs * 1000,
        alone_p50_ms=median([await _timed(run) for _ in range(load.alone)]),
    )


async def _at_once(run: Run, runs: int, in_flight: int) -> None:
    waiting = iter(range(runs))

    async def one_after_another() -> None:
        for _ in waiting:
            await run()

    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(one_after_another())


async def _timed(run: Run) -> float:
    began = time.monotonic()
    await run()
    return (time.monotonic() - began) * 1000


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system
