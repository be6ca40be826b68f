"""What went wrong with a step, read from Temporal's wrappers down to the first cause."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import ValidationError
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    CancelledError,
    ChildWorkflowError,
    FailureError,
    TimeoutError,
    TimeoutType,
    is_cancelled_exception,
)

from fiberwise.contracts.attempt import STEP_CANCELLED, Attempt, Failure, Trail
from fiberwise.contracts.execution import Outcome, PipelineResult

TIMEOUTS = {
    "START_TO_CLOSE": ("no result within the step's time", "give the step more time, or less to do"),
    "SCHEDULE_TO_CLOSE": ("not done within the time for all attempts", "see the attempts before this one"),
    "SCHEDULE_TO_START": (
        "no worker took the step in time",
        "is a worker running? `fiberwise worker` starts one",
    ),
    "HEARTBEAT": (
        "the worker fell silent, it was probably killed",
        "see the worker's log; memory may have run out",
    ),
}


REJECTED = "Rejected"
NO_FALLBACK = ("BadInput", REJECTED)
"""Failures that a simpler pipeline could not mend: the input is wrong, or a person has said no."""


CANCELLED = "the run was cancelled"


class StepFailed(Exception):
    """A required step has failed for good. `falls_back`: whether another pipeline may do the work instead.

    `chosen`: a person wants it so, and no boundary keeps it from that.
    """

    def __init__(self, failure: Failure, *, falls_back: bool | None = None) -> None:
        super().__init__(f"{failure.step}: {failure.type}: {failure.message}")
        self.failure = failure
        self.chosen = falls_back is True
        self.falls_back = failure.type not in NO_FALLBACK if falls_back is None else falls_back


def trail_of(error: ActivityError) -> Trail:
    """The attempts that an error carries: in its details, or in the last heartbeat of one that timed out."""
    cause = error.cause
    if isinstance(cause, ApplicationError | CancelledError):
        return _first_trail(cause.details)
    if isinstance(cause, TimeoutError):
        return _with_the_silent(_first_trail(cause.last_heartbeat_details), cause)
    return Trail()


def _with_the_silent(trail: Trail, cause: TimeoutError) -> Trail:
    """An attempt that timed out before its first beat is in no heartbeat: those stop at the attempt before it."""
    last = trail.attempts[-1] if trail.attempts else None
    one_ran_out = cause.type in (TimeoutType.HEARTBEAT, TimeoutType.START_TO_CLOSE)
    return trail.adding(Attempt(n=last.n + 1)) if last and last.ended and one_ran_out else trail


def _first_trail(details: Sequence[Any]) -> Trail:
    try:
        return Trail.model_validate(details[0]) if details else Trail()
    except ValidationError:  # details of a body that runs outside the mechanism
        return Trail()


def failure_of(error: ActivityError, step: str) -> Failure:
    """The first cause, with the step's name and the number of its last attempt."""
    trail = trail_of(error)
    last = trail.attempts[-1] if trail.attempts else None
    found = (last and last.error) or _from_cause(error.cause)
    return found.model_copy(update={"step": step, "attempt": last.n if last else None})


def _from_cause(cause: BaseException | None) -> Failure:
    if isinstance(cause, TimeoutError) and cause.type is not None:
        message, hint = TIMEOUTS[cause.type.name]
        return Failure(type=f"Timeout.{cause.type.name}", message=message, hint=hint)
    if isinstance(cause, ApplicationError):
        kind = cause.type or "ApplicationError"
        return Failure(type=kind, message=cause.message, retryable=not cause.non_retryable)
    return Failure(type=type(cause).__name__, message=str(cause))


def was_cancelled(error: ActivityError) -> bool:
    cause = error.cause
    if isinstance(cause, ApplicationError):
        return cause.type == STEP_CANCELLED
    return isinstance(cause, CancelledError)


def ending_of(
    error: BaseException, stopping: Literal["timed_out"] | None = None, why: str = ""
) -> tuple[Outcome, Failure]:
    """How a run ends with which this left `execute`. `stopping`: the base itself has cancelled it; `why`: a person."""
    if isinstance(error, StepFailed):
        return "failed", error.failure
    if stopping == "timed_out" and is_cancelled_exception(error):
        hint = "`fiberwise retry` carries it on with more time: what was done is kept"
        return "timed_out", Failure(
            type="DeadlineExceeded", message="the run's deadline has passed", hint=hint
        )
    if is_cancelled_exception(error):
        return "cancelled", Failure(type="Cancelled", message=": ".join(filter(None, (CANCELLED, why))))
    return "failed", _from_cause(
        error.cause if isinstance(error, ActivityError | ChildWorkflowError) else error
    )


def may_fall_back(error: BaseException) -> bool:
    """Not so a cancelled run, a refused input, or a request that could not be read."""
    if isinstance(error, StepFailed):
        return error.falls_back
    return isinstance(error, FailureError) and ending_of(error)[1].type not in (*NO_FALLBACK, "Cancelled")


def as_error(failure: Failure, result: PipelineResult[Any, Any]) -> ApplicationError:
    """What a failed run raises: it carries the whole result."""
    tries = f" after {failure.attempt} attempts" if (failure.attempt or 1) > 1 else ""
    text = f"{failure.step} failed{tries}: {told(failure)}" if failure.step else told(failure)
    kind = "StepFailed" if failure.step and failure.type != "BadInput" else failure.type
    return ApplicationError(text, result, type=kind, non_retryable=True)


def result_in(error: ApplicationError) -> PipelineResult[Any, Any] | None:
    """The result that a failed run carries; None in the error of one that ended outside the mechanism."""
    if not error.details:
        return None
    try:
        return PipelineResult[Any, Any].model_validate(error.details[0])
    except ValidationError:
        return None


def told(failure: Failure) -> str:
    """What happened, and what to do."""
    return f"{failure.message} — {failure.hint}" if failure.hint else failure.message
