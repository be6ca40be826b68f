"""One try of a step, measured; and the envelope in which a step's value travels with all its tries."""

from datetime import datetime
from typing import Generic, Literal, TypeVar

from fiberwise.contracts.payload import Payload

T = TypeVar("T")


class Failure(Payload):
    """The first cause of an error, not its wrapper: type, message, whether a retry may help, what to do."""

    type: str
    message: str
    retryable: bool = True
    where: str = ""
    hint: str = ""


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
    """The n-th try of one call of a step; `ended` is None while it runs, and for one that was lost."""

    n: int
    started: datetime
    ended: datetime | None = None
    error: Failure | None = None
    metrics: Metrics = Metrics()
    worker: str = ""
    cache: str | None = None


class Trail(Payload):
    """All tries so far, the first and last ten of them; `base` counts those before a reset."""

    base: int = 0
    attempts: list[Attempt] = []
    omitted: int = 0


class Envelope(Payload, Generic[T]):
    """What a step's activity returns on the wire: its value and how it came to it."""

    value: T
    trail: Trail
