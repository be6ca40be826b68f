"""What went wrong in a run, the first cause first, and what came of each failure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from fiberwise.contracts.attempt import Failure
from fiberwise.contracts.why import Trouble
from starter.why.calls import UNDER_WAY, Call
from starter.why.facts import Facts
from starter.why.stamps import at

GOOD = ("completed", "cached")
FROM_OUTSIDE = ("Cancelled", "CancelledError", "TerminatedError", "DeadlineExceeded")
"""Their message says how the run ended."""
NOW = {
    "running": "runs since",
    "backing_off": "is due at",
    "scheduled": "waits for a worker since",
    "paused": "is paused since",
}


def troubles(facts: Facts, calls: Sequence[Call]) -> list[Trouble]:
    """Those that the outcome hangs on before those that another attempt made good for; each in order of time."""
    wrong = sorted((call for call in calls if _went_wrong(call)), key=lambda call: _time(call, facts.end))
    found = [_trouble(facts, call) for call in wrong]
    found.sort(key=lambda one: not one.decisive)
    return [*_of_no_step(facts, found), *found]


def _went_wrong(call: Call) -> bool:
    return bool(call.failures) or call.last.status == "skipped"


def _time(call: Call, end: datetime) -> datetime:
    return call.failed_at or call.last.started_at or end


def _trouble(facts: Facts, call: Call) -> Trouble:
    causes = [error for _, error in call.failures]
    return Trouble(
        step=call.step,
        call=call.number,
        decisive=call.last.status not in GOOD,
        cause=causes[0] if causes else Failure(type="Skipped", message=call.last.note or "left out"),
        became=_became(facts, call),
        tries=list(call.tries),
    )


def _became(facts: Facts, call: Call) -> str:
    last, by = call.last, f" ({call.last.note})" if call.last.note not in ("", "stands in") else ""
    if any((one.step, one.call) == (call.step, call.number) for one in facts.seen.waiting):
        return "it waits for a person"
    if last.status in UNDER_WAY:
        return f"attempt {last.attempt} {NOW[last.status]} {at(last.started_at or last.due_at)}"
    if last.status in GOOD:
        return f"attempt {last.attempt} made good for it{by}"
    if last.status == "substituted":
        return f"something else took its place{by}"
    without = _without(facts, call.step)
    return f"{without}{by}" if without and last.status == "skipped" else without


def _without(facts: Facts, step: str) -> str:
    """What a run does about a step that failed for good or was left out."""
    if facts.produced_by:
        return f"{facts.produced_by} did the work instead"
    if facts.failure and step in facts.failure.step.split(" ‖ "):
        return f"so the run {_ended(facts)}"
    if step.endswith(".undo"):
        return "what the step had done is still there"
    if facts.runs or facts.seen.status == "completed":
        return "the result goes without it"
    return ""


def _ended(facts: Facts) -> str:
    return {"timed_out": "ran out of time", "cancelled": "was cancelled"}.get(
        facts.seen.outcome or "", "failed"
    )


def _of_no_step(facts: Facts, found: Sequence[Trouble]) -> Iterator[Trouble]:
    """A failure that no attempt explains: a refused request, an end from outside, the run's own code that broke."""
    failure = facts.failure
    explained = failure and any(one.step in failure.step.split(" ‖ ") for one in found)
    if failure and not explained:
        cause = failure.model_copy(update={"message": _message(facts, failure)})
        became = "" if failure.type in FROM_OUTSIDE else f"so the run {_ended(facts)}"
        yield Trouble(step=failure.step, decisive=True, cause=cause, became=became)
    elif facts.seen.phase == "blocked":
        cause = Failure(type="WorkflowTaskFailed", message=facts.seen.cause)
        became = "the run goes on once its code is mended"
        yield Trouble(step="", decisive=True, cause=cause, became=became)


def _message(facts: Facts, failure: Failure) -> str:
    """With the reason that was given for it, which failure and log do not have."""
    return f"{failure.message}: {facts.stopped_for}" if facts.stopped_for else failure.message
