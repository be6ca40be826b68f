"""What an ended execution was asked, and what its steps gave: read from its history, whichever way it ended."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

from pydantic import JsonValue, ValidationError
from temporalio.api.common.v1 import Payload
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHandle
from temporalio.exceptions import ApplicationError

from fiberwise.contracts.activity_id import ActivityId
from fiberwise.contracts.attempt import Envelope
from fiberwise.contracts.canonical import input_hash
from fiberwise.contracts.controls import Noted, Repair
from fiberwise.contracts.errors import Refused
from fiberwise.contracts.options import Header, Taken
from fiberwise.contracts.stream import Redriven, Streamed
from fiberwise.pipeline.anatomy import Anatomy
from fiberwise.pipeline.step import Step
from fiberwise.pipeline.streaming import STREAM, StreamOrder
from fiberwise.runtime.step_interceptor import HEADER

UNREADABLE = (ValidationError, ApplicationError)
"""What a payload raises that fits today's model no more, or that the artifact store has lost."""


class Call(NamedTuple):
    """The first round of a call of a step: later ones may have an input that a person has edited."""

    step: str
    number: int
    version: int
    input_hash: str
    began: datetime


@dataclass
class Done:
    """What steps gave, in the order in which they did, and when each first ended, well or not.

    `streams`: of steps that streamed and ended well, what became of their chunks.
    """

    taken: dict[tuple[str, int], Taken] = field(default_factory=dict[tuple[str, int], Taken])
    ended: dict[str, datetime] = field(default_factory=dict[str, datetime])
    streams: dict[str, Redriven] = field(default_factory=dict[str, Redriven])


async def request_of(client: Client, handle: WorkflowHandle[Any, Any]) -> dict[str, Any]:
    """The request as JSON, as it was sent; empty where the run was started without one.

    Raises Refused for what is no object, and for one that the artifact store has lost.
    """
    first = await anext(handle.fetch_history_events())
    payloads = first.workflow_execution_started_event_attributes.input.payloads
    if not payloads:
        return {}
    try:
        [found] = await client.data_converter.decode(payloads, [dict[str, Any]])
    except UNREADABLE as error:
        raise Refused(f"its request cannot be read: {error}", where=handle.id) from error
    return found


async def done_in(client: Client, pipeline: Anatomy, handle: WorkflowHandle[Any, Any]) -> Done:
    """What is good for another execution: results of steps that are done again when the run fails are not.

    Nor is what fits today's models no more, or what the artifact store has lost.
    """
    reader = _Reader(client, pipeline)
    async for event in handle.fetch_history_events():
        await reader.read(event)
    return reader.done


class _Reader:
    """Of a history, event by event; only what is still open is kept of each."""

    def __init__(self, client: Client, pipeline: Anatomy) -> None:
        self.done = Done()
        self._converter = client.data_converter
        self._steps = {step.name: step for step in pipeline.steps}
        self._calls: dict[tuple[str, int], Call] = {}
        self._open: dict[int, Call] = {}
        self._streams: dict[int, tuple[Call, str]] = {}
        self._repairs: dict[int, Sequence[Payload]] = {}
        self._readers: dict[str, Callable[[HistoryEvent], Coroutine[Any, Any, None]]] = {
            "activity_task_scheduled_event_attributes": self._scheduled,
            "activity_task_completed_event_attributes": self._completed,
            "activity_task_failed_event_attributes": self._failed,
            "activity_task_timed_out_event_attributes": self._failed,
            "activity_task_canceled_event_attributes": self._failed,
            "start_child_workflow_execution_initiated_event_attributes": self._stream_begun,
            "child_workflow_execution_completed_event_attributes": self._stream_completed,
            "child_workflow_execution_failed_event_attributes": self._stream_failed,
            "child_workflow_execution_canceled_event_attributes": self._stream_failed,
            "child_workflow_execution_terminated_event_attributes": self._stream_failed,
            "child_workflow_execution_timed_out_event_attributes": self._stream_failed,
            "workflow_execution_update_accepted_event_attributes": self._asked,
            "workflow_execution_update_completed_event_attributes": self._answered,
        }

    async def read(self, event: HistoryEvent) -> None:
        if reads := self._readers.get(event.WhichOneof("attributes") or ""):
            await reads(event)

    async def _scheduled(self, event: HistoryEvent) -> None:
        """What stands in for a step or undoes it has a word in the place of the round: its result is another."""
        found = event.activity_task_scheduled_event_attributes
        name, number, _ = of = ActivityId.read(found.activity_id)
        if name not in self._steps or not (number and of.is_round):
            return
        step, key = self._steps[name], (name, number)
        if key not in self._calls:
            hashed = await self._hash(step, found.input.payloads)
            version = Header.model_validate_json(found.header.fields[HEADER].data or b"{}").version
            self._calls[key] = Call(name, number, version, hashed, _time(event))
        self._open[event.event_id] = self._calls[key]

    async def _hash(self, step: Step[Any, Any], payloads: Sequence[Payload]) -> str:
        """Of the input; empty, which fits no call, where it cannot be read."""
        try:
            [value] = await self._converter.decode(payloads, [step.input_type])
        except UNREADABLE:
            return ""
        return input_hash(value)

    async def _completed(self, event: HistoryEvent) -> None:
        found = event.activity_task_completed_event_attributes
        if not (call := self._open.pop(found.scheduled_event_id, None)):
            return
        try:
            [envelope] = await self._converter.decode(found.result.payloads, [Envelope[JsonValue]])
        except UNREADABLE:
            return self._end(call, event)
        self._take(call, envelope.value, event)

    async def _failed(self, event: HistoryEvent) -> None:
        found = getattr(event, event.WhichOneof("attributes") or "")
        if call := self._open.pop(found.scheduled_event_id, None):
            self._end(call, event)

    async def _stream_begun(self, event: HistoryEvent) -> None:
        """Its id ends in step, call and round."""
        found = event.start_child_workflow_execution_initiated_event_attributes
        if found.workflow_type.name != STREAM:
            return
        try:
            [order] = await self._converter.decode(found.input.payloads, [StreamOrder])
            asked = self._steps[order.name].read_input(order.request)
        except UNREADABLE:
            return
        number = int(found.workflow_id.rsplit(".", 2)[-2])
        call = Call(order.name, number, order.version, input_hash(asked), _time(event))
        call = self._calls.setdefault((order.name, number), call)
        self._streams[event.event_id] = call, order.chunks.list.sha256

    async def _stream_completed(self, event: HistoryEvent) -> None:
        found = event.child_workflow_execution_completed_event_attributes
        if found.initiated_event_id not in self._streams:
            return
        call, chunks = self._streams[found.initiated_event_id]
        try:
            [streamed] = await self._converter.decode(found.result.payloads, [Streamed])
        except UNREADABLE:
            return self._end(call, event)
        self.done.streams[call.step] = Redriven(
            version=call.version, input_hash=call.input_hash, chunks=chunks, ledgers=streamed.ledgers
        )
        self._take(call, streamed.value, event)

    async def _stream_failed(self, event: HistoryEvent) -> None:
        found = getattr(event, event.WhichOneof("attributes") or "")
        if found.initiated_event_id in self._streams:
            self._end(self._streams[found.initiated_event_id][0], event)

    async def _asked(self, event: HistoryEvent) -> None:
        found = event.workflow_execution_update_accepted_event_attributes
        if found.accepted_request.input.name == "repair":
            self._repairs[event.event_id] = found.accepted_request.input.args.payloads

    async def _answered(self, event: HistoryEvent) -> None:
        """A result given by hand is in what was asked, and of which step it is, in the answer."""
        found = event.workflow_execution_update_completed_event_attributes
        asked = self._repairs.pop(found.accepted_event_id, None)
        if not asked or not found.outcome.HasField("success"):
            return
        [noted] = await self._converter.decode(found.outcome.success.payloads, [Noted])
        if noted.action != "give":
            return
        [repair] = await self._converter.decode(asked, [Repair])
        self._take(self._calls[noted.step, noted.call], cast(Repair, repair).result, event)

    def _take(self, call: Call, value: JsonValue, event: HistoryEvent) -> None:
        self._end(call, event)
        step = self._steps[call.step]
        if step.undo or not call.input_hash or not _fits(step, value):
            return
        taken = Taken(
            step=call.step,
            call=call.number,
            version=call.version,
            input_hash=call.input_hash,
            value=value,
            began=call.began,
            ended=_time(event),
        )
        self.done.taken.setdefault((taken.step, taken.call), taken)

    def _end(self, call: Call, event: HistoryEvent) -> None:
        self.done.ended.setdefault(call.step, _time(event))


def _fits(step: Step[Any, Any], value: JsonValue) -> bool:
    try:
        return step.read_output(value) is not None
    except ValidationError:
        return False


def _time(event: HistoryEvent) -> datetime:
    return event.event_time.ToDatetime(tzinfo=UTC)
