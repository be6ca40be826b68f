"""What a step may declare beside its retries and times: who is asked, what is kept, what undoes it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, Protocol, Required, TypedDict

from temporalio.common import RetryPolicy

from fiberwise.contracts.dataset import Chunks

# A worker that was killed is noticed this soon, since the mechanism beats for every body.
HEARTBEAT = timedelta(seconds=10)


@dataclass(frozen=True)
class Hold:
    """A step that has used up its attempts waits this long for a person to mend it, then fails as declared."""

    within: timedelta = timedelta(days=7)


@dataclass(frozen=True)
class Approval:
    """A person lets the step begin. `by`: user names who may, none means anyone; `silence` after `within`."""

    by: tuple[str, ...] = ()
    within: timedelta | None = None
    silence: Literal["approve", "reject"] = "reject"


@dataclass(frozen=True)
class Round:
    """One pass over the chunks: `chunk` is an activity from Portion to Part, `merge` one from Gathered to its result.

    The last round's result is the step's; that of an earlier one is `so_far` in the next.
    """

    chunk: Callable[..., Awaitable[Any]]
    merge: Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Stream:
    """How a step works on data in chunks, so that none of it is ever whole in memory.

    `of` finds the chunks in the step's input: None where the data came whole, and then the step's own activity does
    it. The step that takes the data in has none to find: its activity `cut` makes them, where the run is to stream.
    `window`: so many chunks are worked on at once, over all workers. After `renewed_after` chunks the stream goes on
    in a new run, so that no history grows without end.
    """

    rounds: tuple[Round, ...]
    of: Callable[[Any], Chunks | None] | None = None
    cut: Callable[..., Awaitable[Any]] | None = None
    window: int = 4
    renewed_after: int = 400

    @property
    def activities(self) -> list[Callable[..., Awaitable[Any]]]:
        pairs = [one for pair in self.rounds for one in (pair.chunk, pair.merge)]
        return [*([self.cut] if self.cut else []), *pairs]


class Tried(Protocol):
    """What says how an activity is tried: a step, or what a stream knows of one."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def retry(self) -> RetryPolicy: ...
    @property
    def timeout(self) -> timedelta: ...
    @property
    def total(self) -> timedelta | None: ...
    @property
    def heartbeat(self) -> timedelta: ...


@dataclass(frozen=True)
class Cache:
    """A result is good for calls of the same step, version and input, for so long after it was made."""

    ttl: timedelta = timedelta(days=7)


class Policies(TypedDict, total=False):
    """`timeout` bounds one attempt (start to close), `total` all of them with their backoff (schedule to close).

    `undo` is an activity that takes the step's result. `version` counts up when the body gives other results.
    """

    retry: Required[RetryPolicy]
    timeout: Required[timedelta]
    total: timedelta | None
    heartbeat: timedelta
    undo: Callable[..., Awaitable[Any]] | None
    hold: Hold | None
    approval: Approval | None
    cache: Cache | None
    stream: Stream | None
    version: int
