"""A step that streams: its data is in chunks, and a workflow of its own sees to them."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError, CancelledError, ChildWorkflowError, FailureError

from fiberwise.contracts.attempt import Attempt, Failure, Metrics, Trail
from fiberwise.contracts.dataset import Chunks
from fiberwise.contracts.payload import Payload
from fiberwise.contracts.stream import Effort, Ledger, Streamed
from fiberwise.pipeline.carrying_out import carry_out
from fiberwise.pipeline.failure import StepFailed
from fiberwise.pipeline.log import Call
from fiberwise.pipeline.policies import Stream
from fiberwise.pipeline.shielded import shielded
from fiberwise.pipeline.state import RunState
from fiberwise.pipeline.step import Step, activity_name, envelope_of

STREAM = "stream-step"
"""The name of the workflow that works through the chunks of one step."""


NOT_ITS_OWN: dict[str, Any] = {
    "deadline_seconds": None,
    "key": "",
    "takeover": (),
    "redrive": {},
    "fall": None,
    "retry_of": "",
    "rerun_of": "",
}


class Pass(Payload):
    """The names of the activities of one round."""

    chunk: str
    merge: str


class StreamOrder(Payload):
    """What a stream is to do, and how far its earlier runs have come: `ledgers`, one for each round begun.

    Of these `merged` are put together; `so_far` is what the last merge gave. `kept`: what an earlier execution did of
    each round.
    """

    name: str
    version: int
    request: Any
    chunks: Chunks
    rounds: list[Pass]
    retry: RetryPolicy
    timeout: timedelta
    total: timedelta | None
    heartbeat: timedelta
    window: int
    renewed_after: int
    ledgers: list[Ledger] = []
    merged: int = 0
    so_far: Any = None
    effort: Effort = Effort()
    kept: list[Ledger] = []
    round_began: datetime | None = None

    @property
    def about(self) -> str:
        return f"{self.name} in {self.chunks.about}"


def streams(run: RunState, stream: Stream, call: Call) -> bool:
    """Whether the input is in chunks, or is to be cut into them."""
    return run.options.stream if stream.of is None else stream.of(call.input) is not None


async def stream_out(run: RunState, step: Step[Any, Any], stream: Stream, call: Call) -> Any:
    """The step's value, made chunk by chunk; chunks that fail for good are told, and left out.

    Raises StepFailed where none is left, and CancelledError in a run that is ending.
    """
    chunks, began = await _chunks(run, step, stream, call), workflow.now()
    entry = replace(call, activity=STREAM)
    try:
        kept = _kept(run, call, step.version, chunks)
        order = _order(step, stream, call, chunks).model_copy(update={"kept": kept})
        streamed = await _streamed(run, order, call)
        value = step.read_output(streamed.value)
    except StepFailed as error:
        run.log.failed(entry, _trail(began, Effort(), error.failure), error.failure)
        raise
    run.log.completed(entry, _trail(began, streamed.effort), value)
    _tell(run, step.name, streamed.ledgers)
    return value


async def _chunks(run: RunState, step: Step[Any, Any], stream: Stream, call: Call) -> Chunks:
    found = stream.of(call.input) if stream.of else None
    if found is not None:
        return found
    if stream.cut is None:
        raise TypeError(f"step `{step.name}`: its stream neither finds chunks nor cuts them")
    cutting = replace(call, step=f"{step.name}.cut", activity=activity_name(stream.cut) or "")
    return await carry_out(run, step, cutting, envelope_of(stream.cut), "cut")


def _order(step: Step[Any, Any], stream: Stream, call: Call, chunks: Chunks) -> StreamOrder:
    pairs = [(activity_name(one.chunk) or "", activity_name(one.merge) or "") for one in stream.rounds]
    return StreamOrder(
        name=step.name,
        version=step.version,
        request=call.input,
        chunks=chunks,
        rounds=[Pass(chunk=chunk, merge=merge) for chunk, merge in pairs],
        retry=step.retry,
        timeout=step.timeout,
        total=step.total,
        heartbeat=step.heartbeat,
        window=stream.window,
        renewed_after=stream.renewed_after,
    )


def _kept(run: RunState, call: Call, version: int, chunks: Chunks) -> list[Ledger]:
    """What is done already in the execution that this one carries on: of each round, up to the first with a gap."""
    known = run.options.redrive.get(call.step)
    asked = version, call.input_hash, chunks.list.sha256
    if known is None or (known.version, known.input_hash, known.chunks) != asked:
        return []
    whole = next((place for place, one in enumerate(known.ledgers) if one.gaps), len(known.ledgers))
    return [one.again for one in known.ledgers[: whole + 1]]


async def _streamed(run: RunState, order: StreamOrder, call: Call) -> Streamed:
    run.stop_if_ending()
    child = await workflow.start_child_workflow(
        STREAM,
        order,
        id=f"{workflow.info().workflow_id}/{call.step}.{call.number}.{call.round}",
        result_type=Streamed,
        memo={"run": run.options.model_copy(update=NOT_ITS_OWN)},
        static_summary=order.about,
        parent_close_policy=workflow.ParentClosePolicy.REQUEST_CANCEL,
    )
    cut_off = await _settled(child)
    try:
        return child.result()
    except ChildWorkflowError as error:
        if cut_off or run.is_ending() or isinstance(error.cause, CancelledError):
            raise asyncio.CancelledError from error
        raise StepFailed(_failure(error, call.step)) from error


async def _settled(child: workflow.ChildWorkflowHandle[Any, Any]) -> bool:
    """Waits for its end; whether a cancel came meanwhile, which is handed on to it.

    By a request of its own: the one that the SDK sends for a cancelled child is lost once that has continued as new.
    """
    cut_off = False
    while not child.done():
        try:
            await workflow.wait([child])
        except asyncio.CancelledError:
            if not cut_off:
                await shielded(_cancelled(child.id))
            cut_off = True
    return cut_off


async def _cancelled(workflow_id: str) -> None:
    try:
        await workflow.get_external_workflow_handle(workflow_id).cancel()
    except FailureError as error:  # it has ended meanwhile
        workflow.logger.info("%s needs no cancel: %s", workflow_id, error)


def _failure(error: ChildWorkflowError, step: str) -> Failure:
    """What the stream says of itself, or how somebody else ended it."""
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.details:
        return Failure.model_validate(cause.details[0]).model_copy(update={"step": step})
    kind = cause.type if isinstance(cause, ApplicationError) else type(cause).__name__
    return Failure(type=kind or "StreamFailed", message=str(cause), step=step)


def _trail(began: datetime, effort: Effort, error: Failure | None = None) -> Trail:
    """One attempt that stands for all of the stream's, whose own log has each."""
    ended = workflow.now()
    seconds = (ended - began).total_seconds()
    metrics = Metrics(
        cpu_ms=effort.cpu_ms,
        peak_rss_bytes=effort.peak_rss_bytes,
        rows=effort.rows,
        bytes=effort.bytes,
        rows_per_s=round(effort.rows / seconds, 1) if effort.rows and seconds > 0 else None,
        measured="process",
    )
    attempt = Attempt(n=1, scheduled=began, started=began, ended=ended, metrics=metrics, error=error)
    return Trail(attempts=[attempt])


def _tell(run: RunState, step: str, ledgers: Sequence[Ledger]) -> None:
    worst = max(ledgers, key=lambda one: len(one.failed), default=None)
    if worst is None:
        return
    run.chunks[step] = tally = worst.tally
    if tally.failed:
        first = tally.why[0]
        run.degrade(
            f"{step} is without {tally.failed:,} of {tally.count:,} chunks: chunk {first.number + 1:,}: {first.reason}"
        )
