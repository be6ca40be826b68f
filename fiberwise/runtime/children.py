"""Heavy bodies run in child processes: the event loop stays free, a cancel kills, a figure is the body's own."""

import asyncio
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable
from concurrent.futures import CancelledError as PoolCancelled
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from threading import Thread
from typing import ParamSpec, TypeVar, cast

from pebble import ProcessExpired, ProcessPool

from fiberwise.contracts.attempt import Failure
from fiberwise.runtime import metering, step_key
from fiberwise.runtime.failures import StepBroke, explain

P = ParamSpec("P")
T = TypeVar("T")

PR_SET_PDEATHSIG = 1
# Below it a machine gains nothing from more children, and each holds its own copy of the table engine.
MOST = 4


@dataclass(frozen=True)
class Report:
    """What a child sends back. An error comes as data: one that cannot be unpickled would break the pool."""

    value: object
    failure: Failure | None
    usage: metering.Usage


class Children:
    """A pool of child processes: as many as cores, at most four, where `processes` is 0."""

    def __init__(self, processes: int = 0) -> None:
        cores = os.cpu_count() or 1
        self.size = processes or min(cores, MOST)
        self._threads = max(1, cores // self.size)
        self._pool = self._made()
        self._closed = False

    async def compute(self, body: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a module-level function in a child. Cancelling the call kills the child within a second.

        Raises the body's PipelineError as it was; StepBroke with the first cause for any other error.
        """
        future = self._working().schedule(_measure, args=[step_key.known(), body, args, kwargs])
        try:
            report = await asyncio.wrap_future(future)
        except (ProcessExpired, BrokenProcessPool) as error:
            raise StepBroke(_killed(error)) from error
        except PoolCancelled as error:
            raise asyncio.CancelledError from error
        usage = metering.current.get()
        if usage:
            usage.add(report.usage)
        if report.failure:
            raise StepBroke(report.failure)
        return cast(T, report.value)

    async def warm(self, modules: tuple[str, ...]) -> None:
        """Has every child import these modules now, so that the first step does not wait for it."""
        await asyncio.gather(*(self.compute(_load, modules) for _ in range(self.size)))

    def close(self) -> None:
        self._closed = True
        self._pool.stop()
        self._pool.join()

    def _made(self) -> ProcessPool:
        return ProcessPool(
            max_workers=self.size,
            initializer=_prepare,
            initargs=(self._threads, os.getpid()),
            context=get_context("spawn"),  # pyright: ignore[reportArgumentType]  # pebble asks for its POSIX half
        )

    def _working(self) -> ProcessPool:
        """The pool, or a new one: pebble's is broken for good once a child dies while none has anything to do."""
        if not self._pool.active and not self._closed:
            self._pool.stop()
            Thread(
                target=self._pool.join, daemon=True
            ).start()  # it waits for what is left of the old children
            self._pool = self._made()
        return self._pool


_current: list[Children] = []


def use(children: Children | None) -> None:
    """The worker sets the pool that its bodies compute in; None takes it away."""
    _current[:] = [children] if children else []


async def compute(body: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a heavy body in a child process of this worker; in a thread where there is no pool (unit tests)."""
    if _current:
        return await _current[0].compute(body, *args, **kwargs)
    return await asyncio.to_thread(body, *args, **kwargs)


def _load(modules: tuple[str, ...]) -> None:
    for module in modules:
        import_module(module)


def _prepare(threads: int, parent: int) -> None:
    if sys.platform == "linux":  # elsewhere a busy child of a killed worker ends with its current call
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        os._exit(0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the worker decides
    os.environ["POLARS_MAX_THREADS"] = str(threads)
    # Memory that a body is done with goes back at once: the next body of this child may be a small one.
    os.environ["_RJEM_MALLOC_CONF"] = "dirty_decay_ms:0,muzzy_decay_ms:0"
    # numpy's products: its threads wait for each other by spinning, and on a busy machine cost more than they bring.
    os.environ["OPENBLAS_NUM_THREADS"] = str(threads)


def _measure(
    key: str, body: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]
) -> Report:
    step_key.hand_over(key)
    _reset_peak()
    before = resource.getrusage(resource.RUSAGE_SELF)
    value, failure = None, None
    try:
        value = body(*args, **kwargs)
    except Exception as error:  # noqa: BLE001 - every error goes to the parent as data, or the pool breaks
        failure = explain(error)
    return Report(value, failure, _usage_since(before))


def _usage_since(before: resource.struct_rusage) -> metering.Usage:
    after = resource.getrusage(resource.RUSAGE_SELF)
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    return metering.Usage(user * 1000, system * 1000, _peak(), "process")


def _reset_peak() -> None:
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int | None:
    """Peak memory of this call; on macOS the peak cannot be reset, so nothing is said."""
    if sys.platform != "linux":
        return None
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def _killed(error: ProcessExpired | BrokenProcessPool) -> Failure:
    code = getattr(error, "exitcode", None)
    message = "the process that did the step's work died" + (f" (exit {code})" if code is not None else "")
    return Failure(
        type="ProcessDied", message=message, hint="if it was killed for memory: fewer rows, or more memory"
    )
