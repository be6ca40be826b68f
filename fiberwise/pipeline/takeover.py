"""Results of an ended execution, taken over by the one that carries it on."""

from typing import Any

from pydantic import ValidationError

from fiberwise.contracts.options import RunOptions, Taken
from fiberwise.pipeline.log import Call
from fiberwise.pipeline.step import Step


def taken_over(options: RunOptions, step: Step[Any, Any], call: Call) -> Any:
    """What the step gave then, where its version and its input are the same now; None where not.

    What has an undo was perhaps undone when that execution ended: it is done anew. So is what no longer fits the
    step's model.
    """
    if step.undo:
        return None
    for taken in options.takeover:
        same = (taken.step, taken.call, taken.version) == (step.name, call.number, step.version)
        if same and taken.input_hash == call.input_hash:
            return _read(step, taken)
    return None


def _read(step: Step[Any, Any], taken: Taken) -> Any:
    try:
        return step.read_output(taken.value)
    except ValidationError:
        return None
