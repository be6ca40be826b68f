"""A server of its own, and a loop that runs only while something is done: what a state machine plays on."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any, TypeVar

from temporalio.client import WorkflowHistory
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer

from fiberwise.runtime.plugin import plugin
from fiberwise.runtime.settings import Settings
from fiberwise.store.recorder import Recorder
from tests.conftest import skipping
from tests.workflows.raced import PIPELINES
from worker import build

T = TypeVar("T")
# Nothing done on the stage takes longer, whatever came before.
BOUND = 30


class Stage:
    """Its worker comes and goes; one that leaves lets the step that runs end, and takes no more workflow tasks."""

    def __init__(self, runner: asyncio.Runner, env: WorkflowEnvironment, settings: Settings) -> None:
        self.env, self.settings = env, settings
        self.recorder = Recorder(settings.database_url, settings.artifacts_url)
        self._runner = runner
        self._worker: AsyncExitStack | None = None

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(asyncio.wait_for(work, BOUND))

    @property
    def served(self) -> bool:
        return self._worker is not None

    async def serve(self) -> None:
        if self._worker is None:
            self._worker = AsyncExitStack()
            worker = build(self.env.client, self.settings, PIPELINES, self.recorder)
            await self._worker.enter_async_context(worker)

    async def leave(self) -> None:
        if self._worker is not None:
            await self._worker.aclose()
            self._worker = None

    async def replay(self, history: WorkflowHistory) -> None:
        """Raises NondeterminismError."""
        ours = plugin(None, sandbox=False)
        await Replayer(workflows=list(PIPELINES.values()), plugins=[ours]).replay_workflow(history)


@contextmanager
def staged(settings: Settings) -> Iterator[Stage]:
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        env = runner.run(skipping(plugin(None, sandbox=False)))
        stage = Stage(runner, env, settings)
        try:
            yield stage
        finally:
            stage.do(stage.leave())
            stage.do(stage.recorder.close())
            stage.do(env.shutdown())
