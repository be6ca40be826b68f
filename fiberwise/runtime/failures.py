"""Any error as plain data: its first cause, whether a retry may help, and what to do."""

from pydantic import ValidationError
from temporalio.exceptions import ApplicationError

from fiberwise.contracts.attempt import Failure
from fiberwise.contracts.errors import PipelineError

LONGEST = 1000


class StepBroke(Exception):
    """A body failed somewhere its own exception cannot come from (a child process)."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def explain(error: BaseException) -> Failure:
    """The first cause of an error, cut to size. What we do not know may pass, and so may be retried."""
    if isinstance(error, StepBroke):
        return error.failure
    if isinstance(error, PipelineError):
        return Failure(
            type=type(error).__name__,
            message=_cut(error.message),
            retryable=error.retryable,
            where=error.where,
            hint=error.hint,
        )
    if isinstance(error, ApplicationError):
        return Failure(
            type=error.type or "ApplicationError",
            message=_cut(error.message),
            retryable=not error.non_retryable,
        )
    if isinstance(error, ValidationError):
        return Failure(type="ValidationError", message=_cut(str(error)), retryable=False)
    first = _first(error)
    return Failure(type=type(first).__name__, message=_cut(str(first) or repr(first)))


def _first(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
