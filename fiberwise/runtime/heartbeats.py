"""Heartbeats that the mechanism sends for every body, with all attempts so far in front of the body's own details."""

import asyncio
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from pydantic import ValidationError
from temporalio import activity
from temporalio.worker import ActivityOutboundInterceptor

from fiberwise.contracts.attempt import Trail

# Most bodies are done before the first beat, and so cost the server none.
FIRST_BEAT, NEXT_BEAT = 0.25, 1.0


class Heartbeats(ActivityOutboundInterceptor):
    """Between body and SDK: hides the trail from the body, and carries it in each heartbeat."""

    def __init__(self, next: ActivityOutboundInterceptor) -> None:
        super().__init__(next)
        self._trail: Trail | None = None
        self._own: tuple[Any, ...] = ()
        self._timer: asyncio.TimerHandle | None = None
        self._inherited = _inherited(next.info())
        _current.set(self)

    @staticmethod
    def of_this_attempt() -> "Heartbeats":
        return _current.get()

    def info(self) -> activity.Info:
        info = super().info()
        if self._inherited is None:
            return info
        return replace(info, heartbeat_details=list(info.heartbeat_details)[1:])

    def heartbeat(self, *details: Any) -> None:
        self._own = details
        self._beat()

    def past(self, attempt: int) -> Trail:
        """The attempts before this one; one that never ended was lost. A reset starts Temporal's count anew."""
        trail = self._inherited or Trail()
        last = trail.attempts[-1].n if trail.attempts else 0
        restarted = bool(trail.attempts) and trail.base + attempt <= last
        return trail.model_copy(update={"base": last}) if restarted else trail

    def begin(self, trail: Trail) -> None:
        self._trail = trail
        self._timer = asyncio.get_running_loop().call_later(FIRST_BEAT, self._tick)

    def end(self) -> None:
        if self._timer:
            self._timer.cancel()

    def send(self, trail: Trail) -> None:
        self._trail = trail
        self._beat()

    def _tick(self) -> None:
        self._beat()
        self._timer = asyncio.get_running_loop().call_later(NEXT_BEAT, self._tick)

    def _beat(self) -> None:
        if self._trail is None:
            super().heartbeat(*self._own)
        else:
            super().heartbeat(self._trail, *self._own)


_current: ContextVar[Heartbeats] = ContextVar("heartbeats of the attempt under way")


def _inherited(info: activity.Info) -> Trail | None:
    if not info.heartbeat_details:
        return None
    try:
        return Trail.model_validate(info.heartbeat_details[0])
    except ValidationError:  # an activity that is no step of ours beats with details of its own
        return None
