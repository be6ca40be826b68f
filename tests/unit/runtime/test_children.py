"""Heavy bodies in child processes: free event loop, killed on cancel, errors as data, honest figures."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import psutil
import pytest

from fiberwise.contracts.errors import BadInput
from fiberwise.runtime import children, metering
from fiberwise.runtime.children import Children
from fiberwise.runtime.failures import StepBroke
from fiberwise.runtime.polling import until


@pytest.fixture(scope="module")
async def pool() -> AsyncGenerator[Children]:
    made = Children(1)
    await made.warm(())
    yield made
    made.close()


def burn(seconds: float) -> int:
    end, turns = time.process_time() + seconds, 0
    while time.process_time() < end:
        turns += 1
    return os.getpid()


def allocate(mib: int) -> int:
    return len(bytearray(b"x" * (mib << 20)))


def refuse() -> None:
    raise BadInput("no such column", where="line 1", hint="add it")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def linger(folder: Path) -> None:
    (folder / str(os.getpid())).touch()
    time.sleep(60)


def lingering(folder: Path) -> list[int]:
    return [int(file.name) for file in folder.iterdir()]


class Unpicklable(Exception):
    def __init__(self, a: int, b: int) -> None:
        super().__init__(f"{a}{b}")


def raise_unpicklable() -> None:
    raise Unpicklable(1, 2)


async def test_the_event_loop_is_free_while_a_body_computes(pool: Children):
    work = asyncio.create_task(pool.compute(burn, 0.5))
    longest, last = 0.0, (began := time.monotonic())
    while not work.done():
        await asyncio.sleep(0.005)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    assert longest < (last - began) / 2
    assert await work != os.getpid()


async def test_cancelling_kills_the_child_long_before_it_would_end_and_the_pool_goes_on(pool: Children):
    pid = await pool.compute(os.getpid)
    work = asyncio.create_task(pool.compute(burn, 60))
    await asyncio.sleep(0.3)
    began = time.monotonic()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() - began < 10
        await asyncio.sleep(0.01)
    assert await pool.compute(os.getpid) != pid


async def test_a_killed_child_is_one_retryable_failure_and_the_pool_goes_on(pool: Children):
    with pytest.raises(StepBroke) as caught:
        await pool.compute(die)
    assert (caught.value.failure.type, caught.value.failure.retryable) == ("ProcessDied", True)
    assert await pool.compute(abs, -1) == 1


async def test_when_all_children_die_at_once_each_call_fails_once_and_the_pool_goes_on(tmp_path: Path):
    pool = Children(2)
    try:
        work = [asyncio.create_task(pool.compute(linger, tmp_path)) for _ in range(2)]
        await until(lambda: len(lingering(tmp_path)) == 2)
        for pid in lingering(tmp_path):
            os.kill(pid, signal.SIGKILL)
        failures = await asyncio.gather(*work, return_exceptions=True)
        assert [type(failure) for failure in failures] == [StepBroke, StepBroke]
        assert await pool.compute(abs, -1) == 1
    finally:
        pool.close()


async def test_when_an_idle_child_dies_at_most_one_call_fails_and_may_be_retried(pool: Children):
    for _ in range(3):
        os.kill(await pool.compute(os.getpid), signal.SIGKILL)
        found = await asyncio.gather(pool.compute(abs, -1), return_exceptions=True)
        if isinstance(found[0], StepBroke):
            assert (found[0].failure.type, found[0].failure.retryable) == ("ProcessDied", True)
            found = [await pool.compute(abs, -1)]
        assert found == [1]


async def test_an_error_comes_back_with_what_the_user_needs(pool: Children):
    with pytest.raises(StepBroke) as caught:
        await pool.compute(refuse)
    failure = caught.value.failure
    assert (failure.type, failure.message, failure.retryable) == ("BadInput", "no such column", False)
    assert (failure.where, failure.hint) == ("line 1", "add it")


async def test_an_error_that_cannot_be_pickled_does_not_break_the_pool(pool: Children):
    with pytest.raises(StepBroke, match="12"):
        await pool.compute(raise_unpicklable)
    assert await pool.compute(abs, -1) == 1


async def test_cpu_and_peak_memory_are_those_of_the_body(pool: Children):
    usage = metering.Usage()
    token = metering.current.set(usage)
    await pool.compute(burn, 0.2)
    calm = usage.peak_rss_bytes or 0
    await pool.compute(allocate, 200)
    metering.current.reset(token)
    assert usage.measured == "process"
    assert 200 <= usage.cpu_user_ms + usage.cpu_system_ms < 5000
    assert (usage.peak_rss_bytes or 0) - calm >= 150 << 20


async def test_without_a_pool_a_body_runs_in_a_thread():
    children.use(None)
    assert await children.compute(os.getpid) == os.getpid()
