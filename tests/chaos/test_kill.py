"""Whatever is killed by SIGKILL in the middle of whichever step, every run ends whole, its finished steps done once."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from subprocess import Popen
from uuid import uuid4

import pytest

from fiberwise.contracts.execution import Entry
from fiberwise.contracts.view import RunAnswer
from fiberwise.runtime.polling import until
from fiberwise.runtime.settings import Settings
from starter.client import FiberWise
from tests.chaos.killing import Handle, caught_in_each, due_again, kill, recorded
from tests.integration.cli.program import ROOT, staying

PIPELINE = "complex-multi-agent"
STEPS = ("generate", "ingest", "extract", "transform", "synthesize", "analyze", "publish")
MADE, GIVEN = {"generate": {"rows": 40}}, {"data": str(ROOT / "examples" / "penguins.csv")}


@pytest.mark.parametrize("killed", [("worker",), ("server",), ("worker", "server")], ids="-and-".join)
async def test_runs_killed_in_the_middle_of_each_step_end_whole(
    killed: tuple[str, ...], environment: dict[str, str], home: Path
):
    settings = Settings(home=home)
    with staying(environment, "dev") as (dev, _):
        runs = await caught_in_each(STEPS, partial(begin, await FiberWise.connect(settings)), is_within)
        died = datetime.now(UTC)
        await kill(dev, killed, home)
        if "worker" not in killed:
            await ended_saying_why(dev)
    with staying(environment, "dev"):
        due = due_again(died, datetime.now(UTC))
        fiberwise = await FiberWise.connect(settings)
        answers = await asyncio.gather(*(fiberwise.answer(run.id) for run in runs.values()))
    for step, answer in zip(runs, answers, strict=True):
        assert (answer.status, answer.outcome, answer.reasons) == ("completed", "full", [])
        assert_each_step_done_once(step, answer.execution_log)
        assert_noticed(step, answer, due)
    found = recorded(settings.database_url, answers)
    assert found == [("completed", "full")] * len(answers)


async def begin(fiberwise: FiberWise, step: str) -> Handle:
    # No other run is asked the same: else the step cache has what this one is to be killed for.
    asked = (GIVEN if step == "ingest" else MADE) | {"null_tokens": ["NA", uuid4().hex]}
    return (await fiberwise.start(PIPELINE, asked, faults={step: "slow"})).handle


async def is_within(step: str, run: Handle) -> bool:
    """Whether the step's first attempt is under way."""
    pending = (await run.describe()).raw_description.pending_activities
    return any(one.activity_id.startswith(f"{step}#") and one.last_started_time.seconds for one in pending)


async def ended_saying_why(dev: Popen[str]) -> None:
    assert await until(lambda: dev.poll() is not None, 20), "dev stays though its server is gone"
    assert dev.stderr
    said = dev.stderr.read()
    assert dev.returncode == 3, said
    assert "the Temporal server ended" in said
    assert "start again" in said


def assert_each_step_done_once(killed: str, log: list[Entry]) -> None:
    """All but the one that was under way, whose first attempt is lost and whose second is whole."""
    done = {step: [(e.attempt, e.status) for e in log if e.step == step] for step in {e.step for e in log}}
    assert done.pop(killed) == [(1, "lost"), (2, "completed")]
    source = "ingest" if killed == "ingest" else "generate"
    others = {source, *STEPS[2:]} - {killed}
    assert done == {step: [(1, "completed")] for step in others}


def assert_noticed(step: str, answer: RunAnswer, due: datetime) -> None:
    again = next(entry for entry in answer.execution_log if (entry.step, entry.attempt) == (step, 2))
    assert again.started_at
    assert again.started_at < due
