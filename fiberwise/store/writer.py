"""The one thread of a process that talks to the store: what came in meanwhile goes into one transaction."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from fiberwise.contracts.errors import ServiceUnavailable
from fiberwise.contracts.record import FinalRecord, RunningRecord
from fiberwise.store.artifacts import ArtifactStore
from fiberwise.store.bounds import bounded
from fiberwise.store.engine import open_store, unavailable, writing
from fiberwise.store.memory import learn
from fiberwise.store.records import write_final, write_running

LONGEST_QUEUE = 2000
LARGEST_BATCH = 200
# Nobody waits for the note that a run has begun: it joins what comes next, often the end of a short run, which
# makes it superfluous.
NOTE_SECONDS = 0.05


T = TypeVar("T")


@dataclass(frozen=True)
class Write:
    """A record on its way; `done` holds the outcome once its transaction ended."""

    record: RunningRecord | FinalRecord
    done: Future[None] = field(default_factory=Future[None])


@dataclass(frozen=True)
class Read(Generic[T]):
    """A question to the store, asked here too: another thread could hang with the database at exit."""

    query: Callable[[Engine], T]
    done: Future[T] = field(default_factory=Future[T])


Request = Write | Read[Any]


class Writer:
    """Opens the store when the first record comes, and again after each failure: a database may come back.

    `stopped` is done when all that was put before `stop` has been tried. Unless it `remembers`, agents learn nothing.
    """

    def __init__(self, engine_url: str, artifacts_url: str, remembers: bool = True) -> None:
        self._engine_url, self._artifacts_url, self._remembers = engine_url, artifacts_url, remembers
        self._engine: Engine | None = None
        self._artifacts: ArtifactStore | None = None
        self._queue: SimpleQueue[Request | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self.stopped: Future[None] = Future()

    def put(self, request: Request) -> None:
        """Takes a request without waiting; one that cannot be taken is refused at once, in its `done`."""
        with self._lock:
            if not self._closed and self._queue.qsize() < LONGEST_QUEUE:
                self._start()
                self._queue.put(request)
                return
        why = "is closed" if self._closed else f"is behind by {LONGEST_QUEUE} records"
        hint = "runs go on; `fiberwise reconcile` completes the record from their histories"
        _refuse(request, ServiceUnavailable(f"the record store {why}", hint=hint))

    def stop(self) -> None:
        """Takes nothing more, and ends the thread after what it holds."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._thread is None:
                self.stopped.set_result(None)
            self._queue.put(None)

    def abandon(self) -> None:
        """Refuses what still waits: for when there is no more time."""
        for request in self._waiting():
            _refuse(request, ServiceUnavailable("the process ended before the record store took this record"))

    def _start(self) -> None:
        if self._thread is None:
            # A daemon: a database that hangs must not keep the process from ending.
            self._thread = threading.Thread(target=self._run, name="fiberwise-record", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = self._batch(first)
            begun = [request for request in batch if request.done.set_running_or_notify_cancel()]
            self._settle([request for request in begun if isinstance(request, Write)])
            for request in begun:
                if isinstance(request, Read):
                    self._answer(request)
        self._close_engine()
        self.stopped.set_result(None)

    def _batch(self, first: Request) -> list[Request]:
        batch, deadline = [first, *self._waiting(LARGEST_BATCH - 1)], time.monotonic() + NOTE_SECONDS
        while all(_is_note(request) for request in batch) and len(batch) < LARGEST_BATCH:
            try:
                request = self._queue.get(timeout=max(0, deadline - time.monotonic()))
            except Empty:
                break
            if request is None:
                self._queue.put(None)
                break
            batch.append(request)
        return batch

    def _waiting(self, most: int = LONGEST_QUEUE) -> list[Request]:
        found: list[Request] = []
        while len(found) < most:
            try:
                request = self._queue.get_nowait()
            except Empty:
                break
            if request is None:
                self._queue.put(None)
                break
            found.append(request)
        return found

    def _answer(self, read: Read[Any]) -> None:
        try:
            answer = read.query(self._opened())
        except Exception as error:  # noqa: BLE001 - as in _settle
            self._fail([read], error)
        else:
            read.done.set_result(answer)

    def _settle(self, batch: list[Write]) -> None:
        if not batch:
            return
        try:
            self._commit([write.record for write in batch])
        except Exception as error:  # noqa: BLE001 - whatever it is goes to the callers; this thread must live on
            if len(batch) == 1 or _is_outage(error):
                self._fail(batch, error)
                return
            for write in batch:  # one record that cannot be stored must not take others with it
                self._settle([write])
        else:
            for write in batch:
                write.done.set_result(None)

    def _fail(self, batch: Sequence[Request], error: Exception) -> None:
        said = self._said(error)
        self._close_engine()
        for request in batch:
            request.done.set_exception(said)

    def _said(self, error: Exception) -> Exception:
        if isinstance(error, DBAPIError) and self._engine is not None:
            return unavailable(error, self._engine.url)
        return error

    def _commit(self, records: list[RunningRecord | FinalRecord]) -> None:
        artifacts = self._artifacts = self._artifacts or ArtifactStore(self._artifacts_url)
        final = [bounded(record, artifacts) for record in records if isinstance(record, FinalRecord)]
        ended = {record.execution_id for record in final}
        running = [
            bounded(record, artifacts)
            for record in records
            if isinstance(record, RunningRecord) and record.execution_id not in ended
        ]
        with writing(self._opened()) as connection:
            write_running(connection, running)
            write_final(connection, final)
            if self._remembers:
                learn(connection, final)

    def _opened(self) -> Engine:
        self._engine = self._engine or open_store(self._engine_url)
        return self._engine

    def _close_engine(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None


def _is_note(request: Request) -> bool:
    return isinstance(request, Write) and isinstance(request.record, RunningRecord)


def _refuse(request: Request, error: Exception) -> None:
    if request.done.set_running_or_notify_cancel():
        request.done.set_exception(error)


def _is_outage(error: Exception) -> bool:
    if isinstance(error, ServiceUnavailable):
        return True
    return isinstance(error, DBAPIError) and not isinstance(error, DataError | IntegrityError)
