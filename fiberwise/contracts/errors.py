"""Errors that cross a boundary. Whether one may be retried, and what the user can do, sits on its class."""

from typing import ClassVar


class PipelineError(Exception):
    """Something failed; `where` names the place, `hint` what to do about it."""

    code: ClassVar[str] = "failed"
    retryable: ClassVar[bool] = True
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message, self.where, self.hint = message, where, hint

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.message, self.where, self.hint)


def _rebuild(kind: type[PipelineError], message: str, where: str, hint: str) -> PipelineError:
    return kind(message, where=where, hint=hint)


class BadInput(PipelineError):
    """The input can never work: no retry, no fallback, exit 2."""

    code, retryable, exit_code = "bad_input", False, 2


class Refused(BadInput):
    """What is asked of a run makes no sense as it stands: it has ended, is not ours, waits for nothing: exit 2."""

    code = "refused"


class PayloadRefused(PipelineError):
    """A value that could not travel: found before it is sent, a bug in the step that made it."""

    code, retryable = "payload_refused", False


class ArtifactMissing(PipelineError):
    """An artifact that a reference names is not in the store: another attempt will not bring it back."""

    code, retryable = "artifact_missing", False


class ArtifactCorrupt(PipelineError):
    """An artifact's bytes do not have the hash that its reference states."""

    code, retryable = "artifact_corrupt", False


class ServiceUnavailable(PipelineError):
    """A service (Temporal, the database, the artifact store) cannot be reached: exit 3."""

    code, exit_code = "unavailable", 3


class NotFound(PipelineError):
    """No execution, pipeline or file of that name: exit 2."""

    code, retryable, exit_code = "not_found", False, 2


class KeyReused(PipelineError):
    """An idempotency key was used again with another input, or a request id for another control: exit 2."""

    code, retryable, exit_code = "key_reused", False, 2
