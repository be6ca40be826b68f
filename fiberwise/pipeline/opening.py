"""What a run's activities are told beside their input; the first of them opens the run's record."""

from temporalio import workflow

from fiberwise.contracts.options import Header, Opening, RunOptions
from fiberwise.contracts.payload import Asked, Payload

OPENING_BYTES = 4096  # a larger input is not repeated in the header: the final record has it


def opening_header(options: RunOptions, execution_id: str, request: Payload | Asked | None) -> Header:
    """The header of a run's first activity: with all that is known of the execution by now."""
    info = workflow.info()
    text = request.model_dump_json() if request else ""
    opening = Opening(
        execution_id=execution_id,
        pipeline=info.workflow_type,
        started_at=info.workflow_start_time,
        input=request.model_dump(mode="json") if request and len(text) <= OPENING_BYTES else None,
    )
    return Header(options=options, opening=opening)
