"""The commands that a run gave: read from its history, or from what today's code answers in a replay."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from temporalio.api.history.v1 import HistoryEvent
from temporalio.bridge.proto.workflow_commands import WorkflowCommand

from fiberwise.contracts.activity_id import ActivityId
from fiberwise.pipeline.streaming import STREAM


class Command(NamedTuple):
    """`name` is a type: of an activity, a child, a patch; `id` that of an activity of ours, since it tells the step.

    The child that does a step in chunks has the id that the step's own activity would have.
    """

    kind: str
    name: str = ""
    id: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, self))

    @property
    def step(self) -> str:
        """Which step gave it; empty for what is no step's."""
        return ActivityId.read(self.id).step if self.id else ""


Reads = Callable[[Any], Command]
"""Of the attributes of an event or a command; `Any`, since each kind is a message type of its own."""


def commands_in(events: Iterable[HistoryEvent]) -> list[Command]:
    """In the order of the history; what a person or the server brought about is left out."""
    return [found for event in events if (found := command_in(event))]


def command_in(event: HistoryEvent) -> Command | None:
    """None for what is no command of the workflow's own."""
    kind = event.WhichOneof("attributes") or ""
    return _RECORDED[kind](getattr(event, kind)) if kind in _RECORDED else None


def commands_of(answered: Iterable[WorkflowCommand]) -> Iterator[Command]:
    """The same of what workflow code answers."""
    for command in answered:
        kind = command.WhichOneof("variant") or ""
        if kind in _ANSWERED:
            yield _ANSWERED[kind](getattr(command, kind))


def _activity(found: Any) -> Command:
    name = found.activity_type if isinstance(found.activity_type, str) else found.activity_type.name
    return Command("activity", name, found.activity_id)


def _local(found: Any) -> Command:
    return Command("local activity", found.activity_type)


def _child(found: Any) -> Command:
    name = found.workflow_type if isinstance(found.workflow_type, str) else found.workflow_type.name
    return Command("child", name, _streamed(found.workflow_id) if name == STREAM else "")


def _streamed(workflow_id: str) -> str:
    step, call, again = workflow_id.rsplit("/", 1)[-1].rsplit(".", 2)
    return str(ActivityId(step, int(call), again))


def _marker(found: Any) -> Command:
    """How the SDK's core writes a local activity that has ended, and a patch."""
    told: dict[str, Any] = {}
    for part in ("data", "patch-data"):
        for payload in found.details[part].payloads if part in found.details else ():
            told |= json.loads(payload.data)
    if found.marker_name == "core_local_activity":
        return Command("local activity", str(told.get("activity_type", "")))
    if found.marker_name == "core_patch":
        return Command("patch", str(told.get("id", "")))
    return Command("marker", found.marker_name)


def _attributes(found: Any) -> Command:
    return Command("search attributes", ", ".join(sorted(found.search_attributes.indexed_fields)))


def _patch(found: Any) -> Command:
    return Command("patch", found.patch_id)


def _plain(kind: str, name: str = "") -> Reads:
    def read(_: Any) -> Command:
        return Command(kind, name)

    return read


_RECORDED: dict[str, Reads] = {
    "activity_task_scheduled_event_attributes": _activity,
    "timer_started_event_attributes": _plain("timer"),
    "start_child_workflow_execution_initiated_event_attributes": _child,
    "marker_recorded_event_attributes": _marker,
    "upsert_workflow_search_attributes_event_attributes": _attributes,
    "workflow_properties_modified_event_attributes": _plain("memo"),
    "signal_external_workflow_execution_initiated_event_attributes": _plain("signal"),
    "request_cancel_external_workflow_execution_initiated_event_attributes": _plain("cancel"),
    "workflow_execution_completed_event_attributes": _plain("end", "completed"),
    "workflow_execution_failed_event_attributes": _plain("end", "failed"),
    "workflow_execution_canceled_event_attributes": _plain("end", "cancelled"),
    "workflow_execution_continued_as_new_event_attributes": _plain("end", "continued as new"),
}
_ANSWERED: dict[str, Reads] = {
    "schedule_activity": _activity,
    "start_timer": _plain("timer"),
    "start_child_workflow_execution": _child,
    "schedule_local_activity": _local,
    "set_patch_marker": _patch,
    "upsert_workflow_search_attributes": _attributes,
    "modify_workflow_properties": _plain("memo"),
    "signal_external_workflow_execution": _plain("signal"),
    "request_cancel_external_workflow_execution": _plain("cancel"),
    "complete_workflow_execution": _plain("end", "completed"),
    "fail_workflow_execution": _plain("end", "failed"),
    "cancel_workflow_execution": _plain("end", "cancelled"),
    "continue_as_new_workflow_execution": _plain("end", "continued as new"),
}
