"""The tests' own pipelines, and somebody at their controls."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from fiberwise.contracts.view import ExecutionView
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.runtime.settings import Settings
from starter.client import FiberWise
from tests.workflows import bending
from tests.workflows.hasty import HastyPipeline
from tests.workflows.patient import PatientPipeline
from tests.workflows.running import Result, begin
from tests.workflows.scripted import ScriptedPipeline

PIPELINES: dict[str, type[Pipeline]] = {
    **bending.PIPELINES,
    "hasty": HastyPipeline,
    "patient": PatientPipeline,
    "scripted": ScriptedPipeline,
}
SECONDS = 20
Handle = WorkflowHandle[Any, Result]


@dataclass(frozen=True)
class Steering:
    """`ann` may act on what is begun here; no time is skipped, and a worker serves it."""

    env: WorkflowEnvironment
    settings: Settings
    ann: FiberWise
    begun: list[Handle] = field(default_factory=list[Handle])

    async def begin(self, pipeline: str, request: object, **options: Any) -> Handle:
        with self.env.with_time_skipping_disabled():
            handle = await begin(self.env.client, self.settings, pipeline, request, **options)
        self.begun.append(handle)
        return handle

    async def until(self, handle: Handle, phase: str, step: str = "") -> ExecutionView:
        """Its view in this phase; with `step`, once an attempt of a step is in this state. Raises TimeoutError."""
        return await self.seen(handle, lambda found: found.phase == phase and (not step or _is(found, step)))

    async def seen(self, handle: Handle, fits: Callable[[ExecutionView], bool]) -> ExecutionView:
        async with asyncio.timeout(SECONDS):
            while not fits(found := await self.ann.view(handle.id)):  # noqa: ASYNC110 - the server gives no signal
                await asyncio.sleep(0.1)
        return found


def _is(found: ExecutionView, state: str) -> bool:
    return any(one.state == state for one in found.pending)
