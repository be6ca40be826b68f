"""A pipeline that failed hands its work to a simpler one, which runs as its child."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pydantic import BaseModel, JsonValue
from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.exceptions import ApplicationError, ChildWorkflowError

from fiberwise.contracts.attempt import Failure
from fiberwise.contracts.execution import PipelineResult
from fiberwise.contracts.options import Fall, RunOptions
from fiberwise.pipeline.asking import resumed
from fiberwise.pipeline.failure import result_in
from fiberwise.pipeline.state import RunState

Result = PipelineResult[Any, Any]
PIPELINE = SearchAttributeKey.for_keyword("Pipeline")
KEPT = tuple(SearchAttributeKey.for_keyword(name) for name in ("User", "Source"))


async def fall_back(run: RunState, failed: Result, failure: Failure) -> Result:
    """The result of the first fallback that does not fail; where all do, `failed` with each one's reasons.

    Raises CancelledError when the run is cancelled meanwhile, or its deadline passes.
    """
    for name in run.fallbacks:
        await resumed(run)
        child = await _tried(run, name, failure)
        run.stop_if_ending()  # one that ended well in spite of a cancel does not tell of it, as no step does
        if isinstance(child, PipelineResult):
            return _taken(run, failed, name, child)
        run.reasons.append(f"the fallback {name} failed too: {child}")
    return failed


async def _tried(run: RunState, name: str, failure: Failure) -> Result | str:
    """What the fallback gave, or why it failed."""
    try:
        return await _run(run, name, failure)
    except ChildWorkflowError as error:
        return _reason(error)


async def _run(run: RunState, name: str, failure: Failure) -> Result:
    workflow_id = f"{name}/{_child_id(run.execution_id, name)}"
    run.fell_to.append(workflow_id)
    run.board.fell_back(name)
    return await workflow.execute_child_workflow(
        name,
        run.request,
        id=workflow_id,
        result_type=Result,
        memo={"run": _options(run, name, failure)},
        search_attributes=_attributes(name),
        static_summary=f"in place of {workflow.info().workflow_type}",
        parent_close_policy=workflow.ParentClosePolicy.REQUEST_CANCEL,
    )


def _child_id(parent: str, name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"fiberwise:fallback:{parent}:{name}"))


def _options(run: RunState, name: str, failure: Failure) -> RunOptions:
    info = workflow.info()
    fall = Fall(
        execution_id=run.execution_id,
        workflow_id=info.workflow_id,
        pipeline=info.workflow_type,
        reason=failure.in_short,
        done=done_by(run),
    )
    # The time for all is the parent's to watch; its key and its past belong to it alone. What the child's steps pass
    # on as their own keys stays the same when the parent is retried and falls back again.
    own: dict[str, Any] = {
        "origin": _child_id(run.options.origin or run.execution_id, name),
        "trigger": "fallback",
        "fall": fall,
        "deadline_seconds": None,
        "key": "",
        "takeover": (),
        "redrive": {},
        "retry_of": "",
        "rerun_of": "",
    }
    return run.options.model_copy(update=own)


def done_by(run: RunState) -> dict[str, JsonValue]:
    """What each step gave, by its name; data as references."""
    return {
        step: value.model_dump(mode="json") if isinstance(value, BaseModel) else value
        for step, value in run.values.items()
    }


def _attributes(name: str) -> TypedSearchAttributes:
    known = workflow.info().typed_search_attributes
    kept = [SearchAttributePair(key, value) for key in KEPT if (value := known.get(key))]
    return TypedSearchAttributes([SearchAttributePair(PIPELINE, name), *kept])


def _reason(error: ChildWorkflowError) -> str:
    cause = error.cause
    told = result_in(cause) if isinstance(cause, ApplicationError) else None
    return "; ".join(told.reasons) if told else str(cause)


def _taken(run: RunState, failed: Result, name: str, child: Result) -> Result:
    """The child's results under the parent's name, with what led to it; both logs, one after the other."""
    run.reasons += [
        f"the result is of the fallback {name}",
        *(f"{name}: {reason}" for reason in child.reasons),
    ]
    run.log.append(child.execution_log)
    changes = {
        "status": "completed",
        "outcome": "fallback",
        "results": child.results,
        "analysis": child.analysis,
        "failure": None,
        "produced_by": name,
    }
    return failed.model_copy(update=changes)
