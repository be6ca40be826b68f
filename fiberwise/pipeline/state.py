"""What a run knows of itself: all parts of the mechanism read and change this one state. It gives no command."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from temporalio import workflow

from fiberwise.contracts.canonical import input_hash
from fiberwise.contracts.controls import Waiting
from fiberwise.contracts.execution import Outcome, PipelineResult, Progress
from fiberwise.contracts.identity import execution_id_of
from fiberwise.contracts.options import RunOptions
from fiberwise.contracts.payload import Asked, Payload
from fiberwise.contracts.stream import Tally
from fiberwise.pipeline.controls import Controls
from fiberwise.pipeline.log import Call, ExecutionLog
from fiberwise.pipeline.policies import Tried
from fiberwise.pipeline.progress import ProgressBoard
from fiberwise.pipeline.step import Step


class Done:
    """A step that can be undone, and what it gave."""

    def __init__(self, step: Step[Any, Any], call: Call, value: Payload) -> None:
        self.step, self.call, self.value = step, call, value


class RunState:
    """Made before the first command, from memo and class alone."""

    def __init__(self, steps: Sequence[Tried], fallbacks: tuple[str, ...] = ()) -> None:
        info = workflow.info()
        self.options = workflow.memo_value("run", default=RunOptions(), type_hint=RunOptions)
        self.execution_id = execution_id_of(info.workflow_id)
        self.fallbacks = fallbacks
        self.request: Payload | Asked | None = None
        self.versions = {step.name: step.version for step in steps}
        self.opened_by = ""
        self.log = ExecutionLog()
        self.board = ProgressBoard(steps, info.workflow_id)
        self.controls = Controls()
        self.reasons: list[str] = []
        self.groups: list[list[str]] = []
        self.values: dict[str, Any] = {}
        self.undo: list[Done] = []
        self.fell_to: list[str] = []
        self.chunks: dict[str, Tally] = {}
        self.stopping: Literal["timed_out"] | None = None
        self.outcome: Outcome | None = None
        self.story: PipelineResult[Any, Any] | None = None
        self._calls: Counter[str] = Counter()

    def begin(self, request: Payload | Asked) -> None:
        self.request, self.board.about = request, request.about

    @property
    def deadline_at(self) -> datetime | None:
        """When the run is to end, done or not."""
        seconds = self.options.deadline_seconds
        return (
            workflow.info().workflow_start_time + timedelta(seconds=seconds) if seconds is not None else None
        )

    @property
    def waiting(self) -> list[Waiting]:
        """The steps that wait for a person now."""
        return [wait.told for wait in self.controls.waits if wait.decision is None]

    @property
    def progress(self) -> Progress:
        info = workflow.info()
        return Progress(
            execution_id=self.execution_id,
            pipeline=info.workflow_type,
            phase="ended" if self.outcome else self.controls.phase,
            steps=self.board.rows,
            reasons=self.reasons,
            outcome=self.outcome,
            started_at=info.workflow_start_time,
            entries=len(self.log.entries),
            waiting=self.waiting,
            controls=self.controls.noted,
            deadline_at=self.deadline_at,
        )

    def call(self, step: Step[Any, Any], value: Payload | Asked) -> Call:
        """The next call of a step."""
        self._calls[step.name] += 1
        return Call(step.name, step.activity, self._calls[step.name], value, input_hash(value))

    def degrade(self, reason: str) -> None:
        """Says that the result is good but not whole, and why."""
        if reason not in self.reasons:
            self.reasons.append(reason)

    def is_ending(self) -> bool:
        """Cancelled, or past its deadline, whatever a step that ended meanwhile says."""
        return self.stopping is not None or workflow.cancellation_reason() is not None

    def stop_if_ending(self) -> None:
        """Call it before something is begun. Raises CancelledError."""
        if self.is_ending():
            raise asyncio.CancelledError
