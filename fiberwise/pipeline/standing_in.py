"""What becomes of a step that failed for good: a stand-in, a gap in the result, or the end of the run."""

from dataclasses import replace
from typing import Any

from fiberwise.contracts.attempt import Failure
from fiberwise.pipeline.asking import unpaused
from fiberwise.pipeline.carrying_out import carry_out
from fiberwise.pipeline.failure import REJECTED, StepFailed, told
from fiberwise.pipeline.log import Call
from fiberwise.pipeline.state import RunState
from fiberwise.pipeline.step import Step, activity_name, envelope_of


async def without(
    run: RunState, step: Step[Any, Any], call: Call, failure: Failure, *, skipped: bool = False
) -> Any:
    """What stands in for the step, or None for an optional one; the run is degraded. Raises StepFailed."""
    if failure.type == "BadInput" and not skipped:
        raise StepFailed(failure)
    left_out = "skipped" if skipped else failure.message if failure.type == REJECTED else ""
    why = f"{step.name} was {left_out}" if left_out else failure.in_short
    if step.instead is not None:
        try:
            return await _stood_in(run, step, run.log.another_round(call, "stands in"), why)
        except StepFailed as too:
            also = f"; so did what stands in for it: {too.failure.message}"
            why, failure = why + also, failure.model_copy(update={"message": failure.message + also})
    if not step.optional:
        raise StepFailed(failure)
    run.board.ended(step.name, "skipped" if left_out else "failed", left_out or told(failure))
    run.degrade(why)
    return None


async def _stood_in(run: RunState, step: Step[Any, Any], call: Call, why: str) -> Any:
    name = activity_name(step.instead)
    if name:
        await unpaused(run, call)
        run.board.started(call.step, call.number, call.input.about)
        value = await carry_out(run, step, replace(call, activity=name), envelope_of(step.instead), "instead")
    else:
        value = _made(step, call)
        run.log.without_attempt(call, "substituted", value)
    run.values[step.name] = value
    run.board.ended(step.name, "substituted", getattr(value, "about", ""))
    run.degrade(f"{why}; a stand-in took its place")
    return value


def _made(step: Step[Any, Any], call: Call) -> Any:
    if not callable(step.instead):
        return step.instead
    try:
        return step.instead(call.input)
    except Exception as error:  # a stand-in is the last resort: whatever breaks it, the run must bend
        failure = Failure(type=type(error).__name__, message=str(error), step=step.name)
        raise StepFailed(failure) from error
