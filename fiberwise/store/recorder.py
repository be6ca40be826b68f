"""Records executions from an event loop, which never waits for the database."""

import asyncio
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from functools import partial
from typing import TypeVar

from sqlalchemy import Engine

from fiberwise.contracts.errors import ServiceUnavailable
from fiberwise.contracts.performance import SuccessRate
from fiberwise.contracts.record import End, FinalRecord, RunningRecord
from fiberwise.store.queries import has_ended, recorded_end, stale, success_rate
from fiberwise.store.writer import Read, Write, Writer

T = TypeVar("T")

log = logging.getLogger(__name__)

REMEMBERED = 10_000
QUIET_SECONDS = 60
ASK_SECONDS = 2


class Recorder:
    """Constructing does no I/O. Its methods may be called from any event loop or thread.

    `remembers`: whether what agents have learnt is written with a final record.
    """

    def __init__(self, engine_url: str, artifacts_url: str, *, remembers: bool = True) -> None:
        self._writer = Writer(engine_url, artifacts_url, remembers)
        self._noted = Recent(REMEMBERED)
        self._warned_at = -float("inf")

    async def record_final(self, record: FinalRecord) -> None:
        """Returns once the record is committed. Bound it with a timeout: what still waits is then dropped.

        Raises ServiceUnavailable when the database cannot take it, OSError when large data cannot be put into
        the artifact store. Another call with the same record does no harm.
        """
        write = Write(record)
        self._writer.put(write)
        await asyncio.wrap_future(write.done)

    def note_running(self, record: RunningRecord) -> None:
        """Records in the background that an execution has begun. Call it at each step: it is written once.

        Never raises or waits: a failure is logged, at most once a minute, and the next call tries again.
        """
        if not self._noted.add(record.execution_id):
            return
        write = Write(record)
        write.done.add_done_callback(partial(self._learn, record.execution_id))
        self._writer.put(write)

    async def has_final(self, execution_id: str) -> bool:
        """Whether an execution's end is recorded. Raises ServiceUnavailable when the database cannot say."""
        read = Read(partial(has_ended, execution_id=execution_id))
        self._writer.put(read)
        return await asyncio.wrap_future(read.done)

    async def recorded_end(self, execution_id: str) -> End | None:
        """How an execution ended; None where that is not recorded. Raises as `has_final`."""
        read = Read(partial(recorded_end, execution_id=execution_id))
        self._writer.put(read)
        return await asyncio.wrap_future(read.done)

    async def still_running(self, begun_before: datetime) -> list[RunningRecord]:
        """Up to 1,000 executions that the store believes to run. Raises ServiceUnavailable when it cannot say."""
        read = Read(partial(stale, older_than=begun_before))
        self._writer.put(read)
        return await asyncio.wrap_future(read.done)

    async def success_rate(self, pipeline: str, execution_id: str = "") -> SuccessRate:
        """How earlier runs of a pipeline ended, without the one named; no runs where the store is silent."""
        try:
            return await self.ask(partial(success_rate, pipeline=pipeline, exclude=execution_id))
        except ServiceUnavailable as error:
            log.warning("no success rate of %s: %s", pipeline, error)
            return SuccessRate(runs=0, completed=0, rate=None)

    async def ask(self, query: Callable[[Engine], T]) -> T:
        """What else this process wants of the database, in turn with its records. Raises ServiceUnavailable."""
        read = Read(query)
        self._writer.put(read)
        try:
            async with asyncio.timeout(ASK_SECONDS):
                return await asyncio.wrap_future(read.done)
        except TimeoutError as error:
            raise ServiceUnavailable("the record store does not answer") from error

    def post(self, query: Callable[[Engine], object]) -> None:
        """The same without waiting: whether it was done, nobody learns."""
        self._writer.put(Read(query))

    async def close(self, within: float = 5.0) -> None:
        """Writes what waits, for at most `within` seconds; what is then left is refused, and logged."""
        self._writer.stop()
        stopped = asyncio.wrap_future(self._writer.stopped)
        await asyncio.wait({stopped}, timeout=within)
        if not stopped.done():
            log.warning("the record store did not take all records within %g s", within)
            self._writer.abandon()

    def _learn(self, execution_id: str, done: Future[None]) -> None:
        error = done.exception()
        if error is None:
            return
        self._noted.forget(execution_id)
        now = time.monotonic()
        if now - self._warned_at >= QUIET_SECONDS:
            self._warned_at = now
            log.warning("execution %s was not noted as running: %s", execution_id, error)


class Recent:
    """A set that keeps the newest `size` of its members."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._members: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, member: str) -> bool:
        """Whether it is new."""
        with self._lock:
            if member in self._members:
                return False
            self._members[member] = None
            if len(self._members) > self._size:
                self._members.popitem(last=False)
            return True

    def forget(self, member: str) -> None:
        with self._lock:
            self._members.pop(member, None)
