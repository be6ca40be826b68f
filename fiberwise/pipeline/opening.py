"""What a run's activities are told beside their input; the first of them opens the run's record."""

from temporalio import workflow

from fiberwise.contracts.activity_id import ActivityId
from fiberwise.contracts.options import Header, Opening
from fiberwise.pipeline.state import RunState

OPENING_BYTES = 4096  # a larger input is not repeated in the header: the final record has it


def header(run: RunState, activity_id: str) -> Header:
    """The first call that starts an activity opens the run's record.

    What came from other runs stays out: no activity needs it, and history would hold it once for each of them.
    """
    found = ActivityId.read(activity_id)
    run.opened_by = run.opened_by or found.of_call
    return Header(
        options=run.options.model_copy(update={"takeover": (), "redrive": {}, "fall": None}),
        version=run.versions.get(found.step, 1),
        opening=_opening(run) if found.of_call == run.opened_by else None,
    )


def _opening(run: RunState) -> Opening:
    """All that is known of the execution by now."""
    info, request = workflow.info(), run.request
    text = request.model_dump_json() if request else ""
    return Opening(
        execution_id=run.execution_id,
        pipeline=info.workflow_type,
        started_at=info.workflow_start_time,
        input=request.model_dump(mode="json") if request and len(text) <= OPENING_BYTES else None,
    )
