"""Compensation: what a run that failed or was cancelled had done is undone, the last first, each once."""

from dataclasses import replace

from fiberwise.pipeline.carrying_out import carry_out
from fiberwise.pipeline.failure import StepFailed
from fiberwise.pipeline.state import Done, RunState
from fiberwise.pipeline.step import activity_name, envelope_of


async def undo_all(run: RunState) -> None:
    """What cannot be undone is said in the reasons. Call it in a scope that no cancel reaches."""
    while run.undo:
        await _undo(run, run.undo.pop())


async def _undo(run: RunState, done: Done) -> None:
    step, undo = done.step, done.step.undo
    name = activity_name(undo)
    if undo is None or name is None:
        raise TypeError(f"step `{step.name}`: what undoes it lacks @activity.defn")
    call = replace(
        done.call, step=f"{step.name}.undo", activity=name, input=done.value, input_hash="", round=1, base=0
    )
    try:
        await carry_out(run, step, call, envelope_of(undo), "undo")
    except StepFailed as error:
        run.reasons.append(f"{step.name} could not be undone: {error.failure.message}")
    else:
        run.board.ended(step.name, "undone", "")
