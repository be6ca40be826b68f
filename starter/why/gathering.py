"""Asks everybody who knows something of a run: the server, the run itself, the record store."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from temporalio.client import WorkflowHandle, WorkflowQueryFailedError
from temporalio.service import RPCError

from fiberwise.contracts.errors import ServiceUnavailable
from fiberwise.contracts.execution import KEPT_ENTRIES, PipelineResult
from fiberwise.contracts.options import RunOptions
from fiberwise.contracts.view import ExecutionView, RunAnswer
from fiberwise.contracts.why import Account, Origin
from fiberwise.pipeline.results import options_of
from fiberwise.pipeline.step import steps_of
from starter import answers, kept, views
from starter.connection import Connection
from starter.kept import Kept
from starter.why.accounting import account
from starter.why.facts import Facts
from workflows import AVAILABLE_PIPELINES


async def why(reached: Connection, asked: str) -> Account:
    """The account of the execution that `asked` is, or begins. Raises as `kept.find`."""
    facts = await gather(reached, await kept.find(reached.client, reached.settings, asked))
    return account(facts)


async def gather(reached: Connection, found: str | Kept) -> Facts:
    """What can be learned of an execution. What cannot is told in `unknown`, and raises nothing."""
    facts = _of_record(found) if isinstance(found, Kept) else await _of_temporal(reached, found)
    pipeline = AVAILABLE_PIPELINES.get(facts.seen.pipeline)
    declared = tuple(step.name for step in steps_of(pipeline)) if pipeline else ()
    return await _compared(reached, replace(facts, declared=declared))


def _of_record(found: Kept) -> Facts:
    metadata = found.answer.metadata
    origin = Origin.model_validate(metadata.model_dump(include=set(Origin.model_fields)))
    facts = Facts(found.view, datetime.now(UTC), origin, unknown=[found.note])
    return _ended(facts, found.answer)


async def _of_temporal(reached: Connection, workflow_id: str) -> Facts:
    client = reached.client
    handle = client.get_workflow_handle(workflow_id)
    seen = await views.view(client, workflow_id, reached.ui_url)
    options = await options_of(await handle.describe())
    facts = Facts(seen, datetime.now(UTC), _origin(options))
    if facts.runs:
        return await _so_far(handle, facts)
    facts = _ended(facts, await answers.answer(client, workflow_id))
    return (
        replace(facts, stopped_for=await _stopped_for(handle)) if facts.seen.outcome == "cancelled" else facts
    )


def _origin(options: RunOptions) -> Origin:
    fall = options.fall
    return Origin(
        **options.model_dump(include={"user", "trigger", "source", "key", "retry_of", "rerun_of", "faults"}),
        fallback_of=fall.workflow_id if fall else "",
        fell_for=fall.reason if fall else "",
    )


async def _so_far(handle: WorkflowHandle[Any, Any], facts: Facts) -> Facts:
    try:
        async with asyncio.timeout(views.QUERY_SECONDS):
            story = await handle.query("story", result_type=PipelineResult[Any, Any])
    except (TimeoutError, WorkflowQueryFailedError, RPCError):
        return replace(facts, unknown=["no worker is there to tell which attempts have ended"])
    return replace(facts, log=story.execution_log, metadata=story.metadata, controls=story.controls)


def _ended(facts: Facts, answer: RunAnswer) -> Facts:
    seen: ExecutionView = facts.seen.model_copy(update={"outcome": answer.outcome, "reasons": answer.reasons})
    cut = [f"the log's first {KEPT_ENTRIES} entries are looked at, and it has more"]
    return replace(
        facts,
        seen=seen,
        metadata=answer.metadata,
        log=answer.execution_log,
        failure=answer.failure,
        produced_by=answer.produced_by,
        completeness=answer.completeness,
        controls=answer.controls,
        unknown=facts.unknown + (cut if len(answer.execution_log) == KEPT_ENTRIES else []),
    )


async def _stopped_for(handle: WorkflowHandle[Any, Any]) -> str:
    """The reason that was given with the cancel; history alone has it."""
    async for event in handle.fetch_history_events():
        if event.HasField("workflow_execution_cancel_requested_event_attributes"):
            return event.workflow_execution_cancel_requested_event_attributes.cause
    return ""


async def _compared(reached: Connection, facts: Facts) -> Facts:
    from starter.why import recorded  # SQLAlchemy takes 0.4 s to import

    settings, log = reached.settings, facts.log
    try:
        if not facts.runs and not log:
            log = await asyncio.to_thread(recorded.recorded_log, settings, facts.seen.execution_id)
        earlier = await asyncio.to_thread(recorded.last_good, settings, facts)
    except ServiceUnavailable as error:
        return replace(facts, unknown=[*facts.unknown, f"no earlier run to compare with: {error.message}"])
    return replace(facts, log=log, earlier=earlier)
