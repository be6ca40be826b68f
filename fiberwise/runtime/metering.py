"""What a step's body costs: measured in its child process, or by thread for a body on the event loop."""

import os
import resource
import time
from collections.abc import Awaitable, Generator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, Literal, TypeVar

import psutil

T = TypeVar("T")


@dataclass
class Usage:
    """CPU in ms, memory in bytes; `process` once a child process has reported."""

    cpu_user_ms: float = 0
    cpu_system_ms: float = 0
    peak_rss_bytes: int | None = None
    measured: Literal["thread", "process"] = "thread"

    def add(self, other: "Usage") -> None:
        """A body may use several children, one after the other or at once: CPU adds up, the highest peak stays."""
        self.cpu_user_ms += other.cpu_user_ms
        self.cpu_system_ms += other.cpu_system_ms
        peaks = [peak for peak in (self.peak_rss_bytes, other.peak_rss_bytes) if peak is not None]
        self.peak_rss_bytes = max(peaks, default=None)
        self.measured = other.measured


current: ContextVar[Usage | None] = ContextVar("usage of the attempt under way", default=None)


class Metered(Generic[T]):
    """Awaits a body and sums the thread's CPU time of its own turns on the event loop, not its neighbours'."""

    def __init__(self, body: Awaitable[T], usage: Usage) -> None:
        self._body, self._usage = body, usage

    def __await__(self) -> Generator[Any, Any, T]:
        steps = self._body.__await__()
        send: Any = None
        failure: BaseException | None = None
        while True:
            began = time.thread_time_ns()
            try:
                waiting = steps.throw(failure) if failure else steps.send(send)
            except StopIteration as stop:
                return stop.value
            finally:
                self._usage.cpu_user_ms += (time.thread_time_ns() - began) / 1e6
            send, failure = None, None
            try:
                send = yield waiting
            except BaseException as error:  # noqa: BLE001 - a generator hands every error on to what it wraps
                failure = error


def worker_rss() -> int:
    """Memory of the whole worker process now: all that can be said of a body that has no process of its own."""
    pages = _statm(os.getpid())
    if pages is None:
        return psutil.Process().memory_info().rss
    return int(os.pread(pages, 64, 0).split()[1]) * resource.getpagesize()


@cache
def _statm(pid: int) -> int | None:
    """Linux's own figures, kept open: psutil's way to them costs a step 0.4 ms. By id, since a fork is another."""
    try:
        return os.open(f"/proc/{pid}/statm", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
