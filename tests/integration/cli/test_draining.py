"""SIGTERM to a worker loses nothing: what ends within the grace period is kept, what does not is done elsewhere."""

import asyncio
import signal
from pathlib import Path

from fiberwise.runtime.polling import until
from fiberwise.runtime.settings import Settings
from fiberwise.runtime.stack import open_stack
from starter.client import FiberWise
from starter.starts import Started
from tests.integration.cli.program import staying

SMALL = {"generate": {"rows": 40}}
SLOW_SECONDS = 6  # that a step with the fault `slow` takes longer
GRACE_SECONDS = 4


async def test_sigterm_drains_a_worker_and_another_does_the_rest(environment: dict[str, str], home: Path):
    settings = Settings(home=home)
    variables = {"FIBERWISE_ALLOW_FAULTS": "1", "FIBERWISE_GRACE_SECONDS": str(GRACE_SECONDS)}
    async with open_stack(settings):
        with staying(environment | variables, "worker") as (first, _):
            fiberwise = await FiberWise.connect(settings)
            early = await started_and_within(fiberwise)
            await asyncio.sleep(SLOW_SECONDS - GRACE_SECONDS + 1)
            late = await started_and_within(fiberwise)
            first.send_signal(signal.SIGTERM)
            assert await until(lambda: first.poll() is not None, GRACE_SECONDS + 10)
            assert first.returncode == 0
        with staying(environment | variables, "worker"):
            kept, redone = await asyncio.gather(
                fiberwise.answer(early.handle.id), fiberwise.answer(late.handle.id)
            )
    assert [kept.outcome, redone.outcome] == ["full", "full"]
    assert [(e.attempt, e.status) for e in kept.execution_log if e.step == "generate"] == [(1, "completed")]
    assert [e.attempt for e in redone.execution_log if e.step == "generate"] == [1, 2]
    assert redone.execution_log[0].status != "completed"


async def started_and_within(fiberwise: FiberWise) -> Started:
    """A run whose slow first step is under way."""
    run = await fiberwise.start("complex-multi-agent", SMALL, faults={"generate": "slow"})
    while not any(  # noqa: ASYNC110 - the server gives no signal
        one.last_started_time.seconds
        for one in (await run.handle.describe()).raw_description.pending_activities
    ):
        await asyncio.sleep(0.1)
    return run
