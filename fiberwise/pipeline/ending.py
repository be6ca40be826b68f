"""How every run ends: one local activity that records it, one search attribute that says its outcome."""

from datetime import timedelta
from typing import Any

from pydantic import JsonValue
from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey

from fiberwise.contracts.execution import KEPT_ENTRIES, Metadata, PipelineResult, Recorded, Versions
from fiberwise.contracts.memory import Learnt
from fiberwise.contracts.options import RunOptions
from fiberwise.contracts.payload import Asked, Payload
from fiberwise.contracts.record import RECORD, FinalRecord
from fiberwise.pipeline.learning import learnt

OUTCOME = SearchAttributeKey.for_keyword("Outcome")
PIPELINE = SearchAttributeKey.for_keyword("Pipeline")

# A store that is down must not hold a run: two tries within three seconds, then the reconciler mends the record.
STORE = RetryPolicy(maximum_attempts=2)
ONE_TRY, ALL_TRIES = timedelta(seconds=2), timedelta(seconds=3)


def metadata_of(options: RunOptions) -> Metadata:
    """Who, what and when, of the run that asks, as if it ended now."""
    info = workflow.info()
    return Metadata(
        user=options.user,
        trigger=options.trigger,
        source=options.source,
        input_hash=options.input_hash,
        key=options.key,
        retry_of=options.retry_of,
        rerun_of=options.rerun_of,
        fallback_of=options.fall.workflow_id if options.fall else "",
        task_queue=info.task_queue,
        run_ids=[info.run_id],
        started_at=info.workflow_start_time,
        completed_at=workflow.now(),
    )


async def record_and_mark(
    result: PipelineResult[Any, Any], request: Payload | Asked | None
) -> PipelineResult[Any, Any]:
    """Writes the record and the outcome; gives the result with the versions that the worker runs on."""
    asked = request.model_dump(mode="json") if request else None
    record = final_record(result, workflow.info().workflow_id, asked, learnt(result, request))
    recorded = await _record(record)
    marks = [OUTCOME.value_set(result.outcome), PIPELINE.value_set(result.pipeline)]
    workflow.upsert_search_attributes(marks)  # pyright: ignore[reportUnknownMemberType]  # a gap in its own types
    return _completed(result, recorded) if recorded else result


def _completed(result: PipelineResult[Any, Any], recorded: Recorded) -> PipelineResult[Any, Any]:
    versions = recorded.model_dump(include=set(Versions.model_fields))
    changed: dict[str, Any] = {"metadata": result.metadata.model_copy(update=versions)}
    if recorded.log_artifact:
        changed |= {
            "execution_log": result.execution_log[:KEPT_ENTRIES],
            "log_artifact": recorded.log_artifact,
        }
    return result.model_copy(update=changed)


async def _record(record: FinalRecord) -> Recorded | None:
    try:
        return await workflow.execute_local_activity(
            RECORD,
            record,
            result_type=Recorded,
            start_to_close_timeout=ONE_TRY,
            schedule_to_close_timeout=ALL_TRIES,
            retry_policy=STORE,
        )
    except Exception as error:  # noqa: BLE001 - its types differ between a live run and its replay
        workflow.logger.warning("not recorded, the reconciler will mend it: %s", error)
        return None


def final_record(
    result: PipelineResult[Any, Any],
    workflow_id: str,
    request: JsonValue,
    learnt: list[Learnt] | None = None,
) -> FinalRecord:
    """All that the store keeps of an ended execution; also what the reconciler writes for one that could not."""
    metadata = result.metadata
    if result.status == "running" or metadata.started_at is None or metadata.completed_at is None:
        raise ValueError(f"{result.execution_id} has not ended: nothing final to record")
    return FinalRecord(
        execution_id=result.execution_id,
        pipeline=result.pipeline,
        workflow_id=workflow_id,
        learnt=learnt or None,
        run_id=metadata.run_ids[-1] if metadata.run_ids else "",
        status=result.status,
        outcome=result.outcome,
        reasons=result.reasons,
        input_data=request,
        output_data=result.model_dump(mode="json", exclude={"execution_log"}),
        execution_log=result.execution_log,
        started_at=metadata.started_at,
        completed_at=metadata.completed_at,
        created_by=metadata.user,
        trigger=metadata.trigger,
        source=metadata.source,
        input_hash=metadata.input_hash,
        key=metadata.key,
    )
