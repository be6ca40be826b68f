"""What a step may declare beside its retries and times: who is asked, what is kept, what undoes it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, Required, TypedDict

from temporalio.common import RetryPolicy

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
    version: int
