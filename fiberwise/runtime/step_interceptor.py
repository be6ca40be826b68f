"""Around every attempt of a step: options, fault, running row, cache, body, metrics; attempts kept in history."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from pydantic import BaseModel, TypeAdapter, ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import (
    ActivityInboundInterceptor,
    ActivityOutboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)

from fiberwise.contracts.activity_id import ActivityId
from fiberwise.contracts.attempt import STEP_CANCELLED, Attempt, Envelope, Failure, Metrics
from fiberwise.contracts.errors import PayloadRefused
from fiberwise.contracts.options import FaultKind, Header, Opening, RunOptions
from fiberwise.contracts.payload import Volume
from fiberwise.runtime import faults, recalling, step_key
from fiberwise.runtime.caching import Caching
from fiberwise.runtime.converter import encode
from fiberwise.runtime.failures import explain
from fiberwise.runtime.heartbeats import Heartbeats
from fiberwise.runtime.holding import hold_back
from fiberwise.runtime.measuring import metrics_of
from fiberwise.runtime.metering import Metered, Usage, current

HEADER = "fiberwise"
# The mechanism ends a body this long before Temporal would, so that a time-out is a recorded failure.
MARGIN = timedelta(seconds=0.5)
CUT_OFF_BY_CANCEL = Failure(type=STEP_CANCELLED, message="the step was cancelled", retryable=False)
# Pausing an activity cancels its attempt, which then counts as a failed one.
CUT_OFF_BY_PAUSE = Failure(type="StepPaused", message="paused by a person; goes on where resumed")
CUT_OFF_BY_STOP = Failure(type="WorkerStopped", message="its worker was stopped; another does the step again")


class OpensRecords(Protocol):
    """Whoever keeps the record is told when an execution starts, by each attempt of its first step.

    It must neither block nor raise.
    """

    def __call__(self, opening: Opening, options: RunOptions, workflow_id: str, run_id: str) -> None: ...


class ObservesAttempts(Protocol):
    """Whoever measures steps is told of each attempt that ended, within it. It must neither block nor raise."""

    def __call__(self, attempt: Attempt, info: activity.Info) -> None: ...


class StepInterceptor(Interceptor):
    """`steps` are the registered names of the activities that are steps; others pass. `worker` names this worker."""

    def __init__(
        self,
        steps: frozenset[str],
        worker: str = "",
        opened: OpensRecords | None = None,
        *,
        allow_faults: bool = False,
        observe: ObservesAttempts | None = None,
        caching: Caching | None = None,
        memory: recalling.Remembers | None = None,
    ) -> None:
        self.steps, self.worker, self.opened, self.allow_faults = steps, worker, opened, allow_faults
        self.observe, self.caching, self.memory = observe, caching, memory

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Inbound(next, self)


class _Inbound(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, config: StepInterceptor) -> None:
        super().__init__(next)
        self._config = config

    def init(self, outbound: ActivityOutboundInterceptor) -> None:
        super().init(Heartbeats(outbound))

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        if info.activity_type not in self._config.steps:
            return await self.next.execute_activity(input)
        header = _read_header(input)
        step_key.origin.set(header.options.origin)
        # A rehearsal tries out what fails: no agent learns from it, or tells of it what it knows.
        recalling.begin(None if header.options.rehearsal else self._config.memory)
        if header.opening and self._config.opened:
            self._config.opened(
                header.opening, header.options, info.workflow_id or "", info.workflow_run_id or ""
            )
        attempt = _Try(info, header, self._config)
        try:
            return await attempt.of(lambda: self.next.execute_activity(input), input.args[0])
        except ApplicationError as failed:
            if not failed.non_retryable:
                await hold_back(info)
            raise


class _Try:
    """One attempt of one call of a step."""

    def __init__(self, info: activity.Info, header: Header, config: StepInterceptor) -> None:
        self._info, self._allow_faults, self._observe = info, config.allow_faults, config.observe
        self._fault: FaultKind | None = faults.asked_for(header.options.faults, info.activity_id)
        self._rehearsal = header.options.rehearsal
        self._past = Heartbeats.of_this_attempt().past(info.attempt)
        self._attempt = Attempt(
            n=self._past.base + info.attempt,
            scheduled=info.current_attempt_scheduled_time,
            started=datetime.now(UTC),
            worker=config.worker,
        )
        # What a fault spoils must neither be covered up by a kept result nor be kept.
        asks = config.caching if self._fault != faults.GARBAGE else None
        self._cached = asks.of(info, header.options) if asks else None
        self._began = time.monotonic()
        self._usage = Usage()

    async def of(self, body: Callable[[], Any], value: Any) -> Envelope[Any]:
        beats = Heartbeats.of_this_attempt()
        beats.begin(self._past.adding(self._attempt))
        token, limit = current.set(self._usage), asyncio.timeout(self._seconds())
        try:
            async with limit:
                result = await Metered(self._body(body, value), self._usage)
        except asyncio.CancelledError:
            self._cut_off(value)
            raise
        except Exception as error:  # every error of a body becomes one that carries all attempts
            ours = isinstance(error, TimeoutError) and limit.expired()
            raise self._failed(self._too_late() if ours else explain(error), value, error) from error
        finally:
            beats.end()
            current.reset(token)
        return Envelope(value=result, trail=self._past.adding(self._ended(value, result)))

    async def _body(self, body: Callable[[], Any], value: Any) -> Any:
        if self._fault and not self._allow_faults:
            hint = "FIBERWISE_ALLOW_FAULTS=1 on the worker allows them"
            raise ApplicationError(
                f"this worker obeys no faults: {hint}", type="FaultRefused", non_retryable=True
            )
        if self._fault:
            first = faults.is_first(self._info.activity_id, self._attempt.n)
            await faults.commit(self._fault, first=first, rehearsal=self._rehearsal)

        async def checked() -> Any:
            result = await body()
            return _checked(object() if self._fault == faults.GARBAGE else result, self._info)

        return await (self._cached.result(value, checked) if self._cached else checked())

    def _seconds(self) -> float | None:
        limit = self._info.start_to_close_timeout
        return max((limit - MARGIN).total_seconds(), limit.total_seconds() / 2) if limit else None

    def _too_late(self) -> Failure:
        limit = self._info.start_to_close_timeout or timedelta()
        message = f"no result within {limit.total_seconds():g} s"
        return Failure(type="StepTimeout", message=message, hint="less data, or more time")

    def _ended(self, value: Any, result: Any, error: Failure | None = None) -> Attempt:
        wall = time.monotonic() - self._began
        started = self._attempt.started or datetime.now(UTC)
        taken = self._cached is not None and self._cached.hit
        metrics = Metrics() if taken else metrics_of(self._usage, _volume(value), _volume(result), wall)
        known = {"error": error, "metrics": metrics, "cache": self._cached.told if self._cached else None}
        ended = started + timedelta(seconds=wall)
        attempt = self._attempt.model_copy(update={"ended": ended, **known})
        if self._observe:
            self._observe(attempt, self._info)
        return attempt

    def _failed(self, failure: Failure, value: Any, error: Exception | None = None) -> ApplicationError:
        """Beats before it raises: the next attempt, or a time-out, finds all attempts in the heartbeat's details."""
        trail = self._past.adding(self._ended(value, None, failure))
        Heartbeats.of_this_attempt().send(trail)
        own = error.details if isinstance(error, ApplicationError) else ()
        delay = error.next_retry_delay if isinstance(error, ApplicationError) else None
        return ApplicationError(
            failure.message,
            trail,
            *own,
            type=failure.type,
            non_retryable=not failure.retryable,
            next_retry_delay=delay,
        )

    def _cut_off(self, value: Any) -> None:
        """The SDK drops a cancelled attempt's details, so a requested cancel is told as an error of its own.

        One that ends with its worker tells so by a last beat; the next worker then finds it, and does the step again.
        """
        why = activity.cancellation_details()
        if why and why.cancel_requested:
            raise self._failed(CUT_OFF_BY_CANCEL, value)
        if why and why.paused:
            raise self._failed(CUT_OFF_BY_PAUSE, value)
        if why and why.worker_shutdown:
            trail = self._past.adding(self._ended(value, None, CUT_OFF_BY_STOP))
            Heartbeats.of_this_attempt().send(trail)


def _checked(result: Any, info: activity.Info) -> Any:
    """Refuses what the workflow could not read, naming step and field."""
    step = ActivityId.read(info.activity_id).step
    if not isinstance(result, BaseModel):
        hint = "a step returns one pydantic model"
        raise PayloadRefused(
            f"step `{step}` gave {type(result).__name__}, not a model", where=step, hint=hint
        )
    try:
        encode(result)
    except PayloadRefused as refused:
        raise PayloadRefused(f"step `{step}`: {refused.message}", where=step, hint=refused.hint) from refused
    return result


def _volume(value: Any) -> Volume:
    return getattr(value, "volume", Volume())


_HEADER: TypeAdapter[Header] = TypeAdapter(Header)


def _read_header(input: ExecuteActivityInput) -> Header:
    payload = input.headers.get(HEADER)
    if payload is None:
        return Header()
    try:
        return _HEADER.validate_json(payload.data)
    except ValidationError as error:
        raise ApplicationError(f"the run's options cannot be read: {error}", non_retryable=True) from error
