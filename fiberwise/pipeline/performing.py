"""How a step is done: every step of every pipeline goes through `perform`."""

from dataclasses import replace
from typing import Any

from fiberwise.contracts.attempt import Failure
from fiberwise.contracts.controls import Repair
from fiberwise.contracts.payload import Asked, Payload
from fiberwise.pipeline.asking import allowed, mended, unpaused
from fiberwise.pipeline.carrying_out import carry_out
from fiberwise.pipeline.failure import StepFailed, told
from fiberwise.pipeline.log import Call
from fiberwise.pipeline.standing_in import without
from fiberwise.pipeline.state import Done, RunState
from fiberwise.pipeline.step import Step, envelope_of
from fiberwise.pipeline.streaming import stream_out, streams
from fiberwise.pipeline.takeover import taken_over


async def perform(run: RunState, step: Step[Any, Any], value: Payload | Asked) -> Any:
    """The step's value, or what stands in for it; None for an optional one that failed. Raises StepFailed."""
    run.stop_if_ending()
    run.controls.show()  # a wait that its sibling cut off could not say so
    call = run.call(step, value)
    taken = taken_over(run.options, step, call)
    if taken is not None:
        return _delivered(run, step, replace(call, note=f"taken over from {run.options.retry_of}"), taken)
    try:
        call = await allowed(run, step, call)
    except StepFailed as rejected:
        run.log.without_attempt(replace(call, note=rejected.failure.message), "skipped")
        return await without(run, step, call, rejected.failure)
    return await _round(run, step, call)


async def _round(run: RunState, step: Step[Any, Any], call: Call) -> Any:
    """The attempts that the retry policy allows; a person may ask for another round of them."""
    await unpaused(run, call)
    run.board.started(call.step, call.number, call.input.about)
    try:
        value = await _done(run, step, call)
    except StepFailed as error:
        run.board.ended(call.step, "failed", told(error.failure))
        repair = await mended(run, step, call, error.failure)
        return await _repaired(run, step, call, error.failure, repair)
    return _kept(run, step, call, value)


async def _done(run: RunState, step: Step[Any, Any], call: Call) -> Any:
    if step.stream and streams(run, step.stream, call):
        return await stream_out(run, step, step.stream, call)
    return await carry_out(run, step, call, envelope_of(step.function))


async def _repaired(
    run: RunState, step: Step[Any, Any], call: Call, failure: Failure, repair: Repair | None
) -> Any:
    if repair is None:
        return await without(run, step, call, failure)
    note = ": ".join(filter(None, (f"{repair.action} by {repair.by}", repair.reason)))
    again = run.log.another_round(call, note)
    if repair.action == "give":
        return _delivered(run, step, again, step.read_output(repair.result))
    if repair.action == "skip":
        run.log.without_attempt(again, "skipped")
        return await without(run, step, again, failure, skipped=True)
    if repair.action == "fall_back":
        raise StepFailed(failure, falls_back=True)
    return await _round(run, step, again.with_input(repair.input or {}))


def _delivered(run: RunState, step: Step[Any, Any], call: Call, value: Any) -> Any:
    """A value that no worker made in this run: of an ended run, or by a person's hand."""
    run.log.without_attempt(call, "cached" if call.round == 1 else "substituted", value)
    return _kept(run, step, call, value)


def _kept(run: RunState, step: Step[Any, Any], call: Call, value: Any) -> Any:
    run.values[step.name] = value
    if step.undo:
        run.undo.append(Done(step, call, value))
    run.board.ended(call.step, "completed", getattr(value, "about", ""))
    return value
