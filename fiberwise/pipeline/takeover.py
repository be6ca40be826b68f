"""Results of an ended execution, taken over by the one that carries it on."""

from typing import Any

from pydantic import JsonValue

from fiberwise.contracts.options import RunOptions
from fiberwise.pipeline.log import Call
from fiberwise.pipeline.step import Step


def taken_over(options: RunOptions, step: Step[Any, Any], call: Call) -> JsonValue:
    """What the step gave then, where its version and its input are the same now; None where not.

    What has an undo was perhaps undone when that execution ended: it is done anew.
    """
    if step.undo:
        return None
    for taken in options.takeover:
        same = (taken.step, taken.call, taken.version) == (step.name, call.number, step.version)
        if same and taken.input_hash == call.input_hash:
            return taken.value
    return None
