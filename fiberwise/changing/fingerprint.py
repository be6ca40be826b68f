"""What a pipeline's class declares, by which versions of it are told apart."""

import hashlib
from datetime import timedelta
from typing import Any, cast

from fiberwise.changing.commands import Command
from fiberwise.contracts.payload import Payload
from fiberwise.pipeline.anatomy import Anatomy
from fiberwise.pipeline.step import Step, activity_name

DIGITS = 12


class DeclaredStep(Payload):
    """A step as its class declares it; times in seconds."""

    activity: str
    optional: bool
    instead: str
    undo: str
    hold: float | None
    approval: str
    retry: str
    timeout: float
    total: float | None
    heartbeat: float
    cache: float | None
    version: int
    stream: str = ""
    window: str = ""


DECIDING = frozenset({"activity", "optional", "instead", "undo", "hold", "approval", "stream"})
"""What of a declaration decides which commands a run gives: the rest no replay looks at."""


class Declared(Payload):
    """A pipeline as its class declares it, its steps in their order."""

    steps: dict[str, DeclaredStep]
    fallbacks: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits."""
        return digest(self.model_dump_json())


def declared(pipeline: Anatomy) -> Declared:
    return Declared(
        steps={step.name: _declared(step) for step in pipeline.steps}, fallbacks=pipeline.fallbacks
    )


def sequence(commands: list[Command]) -> str:
    """Twelve hex digits of the commands that a run gave."""
    return digest("\n".join(map(str, commands)))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def _declared(step: Step[Any, Any]) -> DeclaredStep:
    return DeclaredStep(
        activity=step.activity,
        optional=step.optional,
        instead=_standing_in(step.instead),
        undo=activity_name(step.undo) or "",
        hold=_seconds(step.hold.within) if step.hold else None,
        approval=_approval(step),
        stream=_stream(step),
        window=f"{step.stream.window} chunks at once, renewed after {step.stream.renewed_after}"
        if step.stream
        else "",
        retry=_retry(step),
        timeout=step.timeout.total_seconds(),
        total=_seconds(step.total),
        heartbeat=step.heartbeat.total_seconds(),
        cache=_seconds(step.cache.ttl) if step.cache else None,
        version=step.version,
    )


def _standing_in(instead: Any) -> str:
    """A function of the workflow's own by its name; of a value only that there is one, since it gives no command."""
    if name := activity_name(instead):
        return f"activity {name}"
    if callable(instead):
        return f"function {getattr(cast(object, instead), '__name__', '')}"
    return "" if instead is None else "value"


def _approval(step: Step[Any, Any]) -> str:
    if not (asked := step.approval):
        return ""
    who, within = ", ".join(sorted(asked.by)) or "anyone", _seconds(asked.within)
    return f"by {who}" + (f" within {within:g} s, else {asked.silence}" if within is not None else "")


def _stream(step: Step[Any, Any]) -> str:
    """Its activities, in their order."""
    return ", ".join(activity_name(one) or "" for one in step.stream.activities) if step.stream else ""


def _retry(step: Step[Any, Any]) -> str:
    policy, most = step.retry, _seconds(step.retry.maximum_interval)
    bound = f", at most {most:g} s" if most is not None else ""
    never = ", ".join(policy.non_retryable_error_types or ())
    return (
        f"{policy.maximum_attempts or 'no limit'} from {policy.initial_interval.total_seconds():g} s, "
        f"x{policy.backoff_coefficient:g}{bound}" + (f", not {never}" if never else "")
    )


def _seconds(span: timedelta | None) -> float | None:
    return span.total_seconds() if span is not None else None
