"""The base of every pipeline: its steps, its queries and updates, and how it ends."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, TypeVar, cast

from temporalio import workflow

from fiberwise.contracts.execution import Entry, PipelineResult, Progress
from fiberwise.contracts.options import Header
from fiberwise.contracts.payload import Asked, Payload
from fiberwise.pipeline.conducting import conduct, result_so_far
from fiberwise.pipeline.controlled import Controlled
from fiberwise.pipeline.failure import as_error
from fiberwise.pipeline.opening import header
from fiberwise.pipeline.performing import perform
from fiberwise.pipeline.state import RunState
from fiberwise.pipeline.step import Step, steps_of

R = TypeVar("R")
A = TypeVar("A")


class Pipeline(Controlled):
    """Derive from it, declare steps, decorate `execute` with @workflow.run. STYLES: it reads like the picture.

    `fallbacks` are names of simpler pipelines that take the same request: when this one fails, the first that does
    not fail gives the result. It gives no command before `execute` does, so that a class may be tried and described
    without a server.
    """

    fallbacks: ClassVar[tuple[str, ...]] = ()

    def __init__(self) -> None:
        super().__init__(RunState(steps_of(type(self)), self.fallbacks))

    @property
    def execution_id(self) -> str:
        return self._run.execution_id

    @property
    def log(self) -> list[Entry]:
        """The attempts that have ended so far."""
        return self._run.log.entries

    @property
    def groups(self) -> list[list[str]]:
        """Which steps were done side by side."""
        return self._run.groups

    def degrade(self, reason: str) -> None:
        """Says that the result is good but not whole, and why."""
        self._run.degrade(reason)

    def note_group(self, steps: list[str]) -> None:
        self._run.groups.append(steps)

    def result(self, results: R, analysis: A) -> PipelineResult[R, A]:
        """What `execute` returns: results and analysis, with the log and how it went."""
        return cast(PipelineResult[R, A], result_so_far(self._run, results, analysis))

    @workflow.query
    def progress(self) -> Progress:
        """Where the run is. Backing off, or no worker, only a client can see: it asks the server too."""
        return self._run.progress

    @workflow.query
    def execution_log(self) -> list[Entry]:
        """The attempts that have ended so far, also while the run goes on."""
        return self.log

    @workflow.query
    def story(self) -> PipelineResult[Any, Any]:
        """The run as far as it has come: what a client asks of one that was cancelled or terminated."""
        return self._run.story or result_so_far(self._run, None, None).model_copy(
            update={"status": "running"}
        )

    async def _perform(self, step: Step[Any, Any], value: Payload | Asked) -> Any:
        return await perform(self._run, step, value)

    async def _conduct(self, request: Payload | Asked, execute: Callable[[], Awaitable[Any]]) -> Any:
        """Called around `execute`: whatever comes of it ends in one record, one outcome, one result or failure."""
        self._run.begin(request)
        result = await conduct(self._run, execute)
        if result.outcome == "cancelled":
            raise asyncio.CancelledError
        if result.failure:
            raise as_error(result.failure, result)
        return result

    def _header(self, activity_id: str) -> Header:
        """Told to each activity; its id is that of `carry_out`."""
        return header(self._run, activity_id)
