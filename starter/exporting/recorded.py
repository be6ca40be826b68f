"""What came of each activity and child of a run, and what people asked of it meanwhile: read from its history."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent

ENDS = ("completed", "failed", "timed_out", "canceled")


@dataclass(frozen=True)
class Outcome:
    """`asked_before`: how many of the run's asks came before it. Where it was cancelled, the cancel comes first."""

    asked_before: int
    payload: Payload | None = None
    failure: Failure | None = None
    cancelled: bool = False


@dataclass(frozen=True)
class Ask:
    """An update by its name and input; a cancel has a reason instead, and `open` are the activities it came amid."""

    update: str = ""
    input: Sequence[Payload] = ()
    reason: str = ""
    open: frozenset[str] = frozenset()


@dataclass
class Recorded:
    """`outcomes` by activity id, of a child by its workflow id; `local` those of local activities, in their order."""

    outcomes: dict[str, Outcome] = field(default_factory=dict[str, Outcome])
    local: list[Outcome] = field(default_factory=list[Outcome])
    asks: list[Ask] = field(default_factory=list[Ask])


def recorded(events: Iterable[HistoryEvent]) -> Recorded:
    reader = _Reader()
    for event in events:
        reader.read(event)
    return reader.found


class _Reader:
    def __init__(self) -> None:
        self.found = Recorded()
        self._begun: dict[int, str] = {}

    def read(self, event: HistoryEvent) -> None:
        kind = event.WhichOneof("attributes") or ""
        name, told = kind.removesuffix("_event_attributes"), cast(Any, getattr(event, kind, None))
        if name == "activity_task_scheduled":
            self._begun[event.event_id] = told.activity_id
        elif name == "start_child_workflow_execution_initiated":
            self._begun[event.event_id] = told.workflow_id
        elif name == "marker_recorded":
            self._marker(told)
        elif name == "workflow_execution_update_accepted":
            request = told.accepted_request.input
            self.found.asks.append(Ask(request.name, request.args.payloads))
        elif name == "workflow_execution_cancel_requested":
            amid = frozenset(self._begun.values()) - self.found.outcomes.keys()
            self.found.asks.append(Ask(reason=told.cause, open=amid))
        else:
            self._ended(name, told)

    def _ended(self, name: str, told: Any) -> None:
        begun, _, how = name.partition("_task_" if name.startswith("activity_") else "_execution_")
        if begun not in ("activity", "child_workflow") or how not in ENDS:
            return
        place = told.scheduled_event_id if begun == "activity" else told.initiated_event_id
        self.found.outcomes[self._begun[place]] = self._outcome(how, told)

    def _outcome(self, how: str, told: Any) -> Outcome:
        asked = len(self.found.asks)
        if how == "completed":
            return Outcome(asked, payload=told.result.payloads[0] if told.result.payloads else None)
        failure = told.failure if how in ("failed", "timed_out") and hasattr(told, "failure") else None
        kind = failure.application_failure_info.type if failure else ""
        return Outcome(asked, failure=failure, cancelled=how == "canceled" or kind == "StepCancelled")

    def _marker(self, told: Any) -> None:
        if told.marker_name != "core_local_activity":
            return
        payloads = told.details["result"].payloads if "result" in told.details else ()
        failure = told.failure if told.HasField("failure") else None
        self.found.local.append(Outcome(len(self.found.asks), payloads[0] if payloads else None, failure))
