"""The base of every pipeline: one way to perform a step, one way to end a run, and the log of both."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pydantic import ValidationError
from temporalio import workflow
from temporalio.exceptions import ActivityError, FailureError

from fiberwise.contracts.attempt import Envelope, Failure
from fiberwise.contracts.execution import Entry, Outcome, PipelineResult, Progress
from fiberwise.contracts.options import Header, RunOptions
from fiberwise.contracts.payload import Asked, Payload
from fiberwise.pipeline.ending import metadata_of, record_and_mark
from fiberwise.pipeline.failure import (
    StepFailed,
    as_error,
    ending_of,
    failure_of,
    told,
    trail_of,
    was_cancelled,
)
from fiberwise.pipeline.identity import execution_id_of
from fiberwise.pipeline.log import Call, ExecutionLog
from fiberwise.pipeline.opening import opening_header
from fiberwise.pipeline.progress import ProgressBoard
from fiberwise.pipeline.step import Step, envelope_of, steps_of

R = TypeVar("R")
A = TypeVar("A")


class Pipeline:
    """Derive from it, declare steps, decorate `execute` with @workflow.run. STYLES: it reads like the picture.

    It gives no command before `execute` does, so that a class may be tried and described without a server.
    """

    def __init__(self) -> None:
        info = workflow.info()
        self.options = workflow.memo_value("run", default=RunOptions(), type_hint=RunOptions)
        self.execution_id = execution_id_of(info.workflow_id)
        self.reasons: list[str] = []
        self.groups: list[list[str]] = []
        self._log = ExecutionLog()
        self._calls: Counter[str] = Counter()
        self._board = ProgressBoard(steps_of(type(self)), info.workflow_id, self.execution_id)
        self._outcome: Outcome | None = None
        self._request: Payload | Asked | None = None
        self._story: PipelineResult[Any, Any] | None = None

    @property
    def log(self) -> list[Entry]:
        """The attempts that have ended so far."""
        return self._log.entries

    def degrade(self, reason: str) -> None:
        """Says that the result is good but not whole, and why."""
        if reason not in self.reasons:
            self.reasons.append(reason)

    def note_group(self, steps: list[str]) -> None:
        self.groups.append(steps)

    def result(self, results: R, analysis: A) -> PipelineResult[R, A]:
        """What `execute` returns: results and analysis, with the log and how it went."""
        return PipelineResult[R, A](
            execution_id=self.execution_id,
            pipeline=workflow.info().workflow_type,
            status="completed",
            outcome="degraded" if self.reasons else "full",
            reasons=self.reasons,
            results=results,
            analysis=analysis,
            execution_log=self.log,
            metadata=metadata_of(self.options),
        )

    @workflow.query
    def progress(self) -> Progress:
        """Where the run is. Backing off, or no worker, only a client can see: it asks the server too."""
        info = workflow.info()
        return Progress(
            execution_id=self.execution_id,
            pipeline=info.workflow_type,
            phase="ended" if self._outcome else "running",
            steps=self._board.rows,
            reasons=self.reasons,
            outcome=self._outcome,
            started_at=info.workflow_start_time,
            entries=len(self.log),
        )

    @workflow.query
    def execution_log(self) -> list[Entry]:
        """The attempts that have ended so far, also while the run goes on."""
        return self.log

    @workflow.query
    def story(self) -> PipelineResult[Any, Any]:
        """The run as far as it has come: what a client asks of one that was cancelled or terminated."""
        return self._story or self.result(None, None).model_copy(update={"status": "running"})

    async def _perform(self, step: Step[Any, Any], value: Payload | Asked) -> Any:
        """Every step of every pipeline goes through here: activity, log, progress, what a failure means."""
        # A step that ended well in spite of a cancel does not tell of it.
        if workflow.cancellation_reason() is not None:
            raise asyncio.CancelledError
        self._calls[step.name] += 1
        call = Call(step.name, step.activity, self._calls[step.name], value)
        self._board.started(step.name, call.number, value.about)
        try:
            envelope = await self._start(step, call)
        except ActivityError as error:
            return self._give_up(step, call, error)
        self._log.completed(call, envelope.trail, envelope.value)
        self._board.ended(step.name, "completed", getattr(envelope.value, "about", ""))
        return envelope.value

    async def _start(self, step: Step[Any, Any], call: Call) -> Envelope[Any]:
        return await workflow.execute_activity(
            step.activity,
            call.input,
            activity_id=f"{step.name}#{call.number}.1",
            result_type=envelope_of(step.function),
            summary=call.input.about or None,
            retry_policy=step.retry,
            start_to_close_timeout=step.timeout,
            schedule_to_close_timeout=step.total,
            heartbeat_timeout=step.heartbeat,
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        )

    def _give_up(self, step: Step[Any, Any], call: Call, error: ActivityError) -> None:
        failure = failure_of(error, step.name)
        self._log.failed(call, trail_of(error), failure)
        self._board.ended(step.name, "failed", told(failure))
        # First, whatever the error says: a cancelled run must not go on as a degraded one.
        if workflow.cancellation_reason() is not None or was_cancelled(error):
            raise asyncio.CancelledError from error
        if not step.optional or failure.type == "BadInput":
            raise StepFailed(failure) from error
        self.degrade(f"{step.name} failed: {failure.message}")

    async def _conduct(self, request: Payload | Asked, execute: Callable[[], Awaitable[Any]]) -> Any:
        """Runs `execute`, and whatever comes of it ends in one record, one outcome, one result or failure."""
        self._request, self._board.about = request, request.about
        try:
            result = await execute()
        except (asyncio.CancelledError, StepFailed, FailureError, ValidationError) as error:
            # All that ends a run; any other error is a bug, which Temporal tries again until it is mended.
            result = self._ended(*ending_of(error))
        result = await self._finished(result)
        if result.outcome == "cancelled":
            raise asyncio.CancelledError
        if result.failure:
            raise as_error(result.failure, result)
        return result

    async def _finished(self, result: PipelineResult[Any, Any]) -> PipelineResult[Any, Any]:
        """In a scope that no cancel reaches: one that comes while the end is recorded comes too late."""
        finishing = asyncio.ensure_future(self._finish(result))
        try:
            return await asyncio.shield(finishing)
        except asyncio.CancelledError:
            return await finishing

    async def _finish(self, result: PipelineResult[Any, Any]) -> PipelineResult[Any, Any]:
        self._outcome, self._story = result.outcome, result
        self._board.show(self.reasons, result.outcome)
        return await record_and_mark(result, self._request)

    def _ended(self, outcome: Outcome, failure: Failure) -> PipelineResult[Any, Any]:
        self.reasons.append(f"{failure.step} failed: {failure.message}" if failure.step else failure.message)
        partial = self.result(None, None)
        return partial.model_copy(update={"status": "failed", "outcome": outcome, "failure": failure})

    def _header(self) -> Header:
        """Told to each activity; the run's first one also opens its record."""
        if sum(self._calls.values()) > 1:
            return Header(options=self.options)
        return opening_header(self.options, self.execution_id, self._request)
