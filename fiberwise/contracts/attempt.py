"""One try of a step, measured; and the envelope in which a step's value travels with all its tries."""

from datetime import datetime
from typing import Generic, Literal, TypeVar

from fiberwise.contracts.payload import Payload

T = TypeVar("T")


STEP_CANCELLED = "StepCancelled"
"""Type of the error of an attempt that was asked to stop: the SDK would drop the details of its own."""


class Failure(Payload):
    """The first cause of an error, not its wrapper: type, message, whether a retry may help, what to do."""

    type: str
    message: str
    retryable: bool = True
    where: str = ""
    hint: str = ""
    step: str = ""
    attempt: int | None = None

    @property
    def in_short(self) -> str:
        """Which step failed and why; only why, where it was no step."""
        return f"{self.step} failed: {self.message}" if self.step else self.message


class Metrics(Payload):
    """CPU in ms, memory in bytes; `measured` says whether of a child process or of a thread of the worker.

    `rows` and `bytes` are what came out (or went in, where nothing countable came out).
    A figure that this machine cannot give is None.
    """

    cpu_ms: float | None = None
    cpu_user_ms: float | None = None
    cpu_system_ms: float | None = None
    peak_rss_bytes: int | None = None
    rows: int | None = None
    bytes: int | None = None
    rows_in: int | None = None
    bytes_in: int | None = None
    rows_out: int | None = None
    bytes_out: int | None = None
    rows_per_s: float | None = None
    measured: Literal["thread", "process"] = "thread"


class Attempt(Payload):
    """The n-th try of one call of a step; `scheduled` is when it could have begun, by the server's clock.

    `ended` is None while it runs, and for one that was lost.
    """

    n: int
    scheduled: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    error: Failure | None = None
    metrics: Metrics = Metrics()
    worker: str = ""
    cache: str | None = None

    @property
    def from_cache(self) -> bool:
        """Whether its value was computed by an earlier run."""
        return bool(self.cache and self.cache.startswith("hit"))


KEPT = 10


class Trail(Payload):
    """All tries of one call so far, oldest first: the first and last ten of them, `omitted` left out between.

    `base` counts tries made before a reset, which starts Temporal's own count at 1 again.
    """

    base: int = 0
    attempts: list[Attempt] = []
    omitted: int = 0

    def adding(self, attempt: Attempt) -> "Trail":
        attempts = [*self.attempts, attempt]
        spare = max(0, len(attempts) - 2 * KEPT)
        return Trail(
            base=self.base,
            attempts=attempts[:KEPT] + attempts[KEPT + spare :] if spare else attempts,
            omitted=self.omitted + spare,
        )


class Envelope(Payload, Generic[T]):
    """What a step's activity returns on the wire: its value and how it came to it."""

    value: T
    trail: Trail
