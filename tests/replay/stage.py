"""A stack with its worker where histories are made, and Ann, who starts executions there and acts on them."""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any, Unpack

from temporalio.client import Client, WorkflowHistory

from fiberwise.contracts.view import ExecutionView
from fiberwise.runtime.polling import until
from fiberwise.runtime.settings import Settings
from starter.client import FiberWise, How
from starter.connection import attached
from starter.histories import whole_history
from tests.integration.cli.program import staying
from tests.workflows.registered import PROGRAM

HOME = Path("/tmp/fiberwise-histories")  # the same on every machine, since it is in the histories
# What streams has several chunks even of the penguins.
ENVIRONMENT = {**os.environ, "FIBERWISE_HOME": str(HOME), "FIBERWISE_CHUNK_BYTES": "4096"}


@dataclass(frozen=True)
class Stage:
    """Each verb takes a workflow id, or gives one."""

    settings: Settings
    client: Client
    ann: FiberWise
    dev: Popen[str]

    async def started(self, pipeline: str, request: Any = None, **how: Unpack[How]) -> str:
        return (await self.ann.start(pipeline, request, **how)).handle.id

    async def seen(self, workflow_id: str, fits: Callable[[ExecutionView], bool]) -> None:
        """Returns once its view fits."""
        while not fits(await self.ann.view(workflow_id)):  # noqa: ASYNC110 - the server gives no signal
            await asyncio.sleep(0.2)

    async def running(self, workflow_id: str, step: str) -> None:
        """Returns once the step runs."""
        await self.seen(
            workflow_id,
            lambda found: any(one.step == step and one.state == "running" for one in found.pending),
        )

    async def waiting(self, workflow_id: str, phase: str) -> None:
        """Returns once it waits for a person, and no step of it runs any more."""
        await self.seen(workflow_id, lambda found: found.phase == phase and not found.pending)

    async def ended(self, workflow_id: str) -> str:
        await self.ann.answer(workflow_id)
        return workflow_id

    async def died(self) -> None:
        """Returns once its worker was killed."""
        await until(lambda: self.dev.poll() is not None)

    async def history(self, workflow_id: str, run_id: str | None = None) -> WorkflowHistory:
        return await whole_history(self.client, workflow_id, run_id)


@asynccontextmanager
async def stage() -> AsyncGenerator[Stage]:
    """Up while the block lasts, on what stages before it have left in the state folder."""
    with staying(ENVIRONMENT, "dev", PROGRAM) as (dev, _):
        settings = Settings(home=HOME)
        reached = await attached(settings)
        yield Stage(settings, reached.client, FiberWise(reached, "ann"), dev)
