"""Whatever is killed by SIGKILL in the middle of whichever step, every run ends whole, its finished steps done once."""

import asyncio
import json
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen
from typing import Any
from uuid import UUID, uuid4

import psutil
import pytest
from sqlalchemy import Engine, text

from fiberwise.contracts.execution import Entry
from fiberwise.contracts.view import RunAnswer
from fiberwise.runtime.polling import until
from fiberwise.runtime.settings import Settings
from fiberwise.store.engine import open_store
from starter.client import FiberWise
from starter.starts import Started
from tests.integration.cli.program import ROOT, staying

PIPELINE = "complex-multi-agent"
STEPS = ("generate", "ingest", "extract", "transform", "synthesize", "analyze", "publish")
MADE, GIVEN = {"generate": {"rows": 40}}, {"data": str(ROOT / "examples" / "penguins.csv")}
# The heartbeat's 10 s, the policy's backoff of 2 s, for a server also its start; and what a busy machine adds.
NOTICED_SECONDS = 20


@pytest.mark.parametrize("killed", [("worker",), ("server",), ("worker", "server")], ids="-and-".join)
async def test_runs_killed_in_the_middle_of_each_step_end_whole(
    killed: tuple[str, ...], environment: dict[str, str], home: Path
):
    settings = Settings(home=home)
    with staying(environment, "dev") as (dev, _):
        runs = await caught_in_each_step(await FiberWise.connect(settings))
        died = datetime.now(UTC)
        await kill(dev, killed, home)
        if "worker" not in killed:
            await ended_saying_why(dev)
    with staying(environment, "dev"):
        fiberwise = await FiberWise.connect(settings)
        answers = await asyncio.gather(*(fiberwise.answer(run.handle.id) for run in runs.values()))
    for step, answer in zip(runs, answers, strict=True):
        assert (answer.status, answer.outcome, answer.reasons) == ("completed", "full", [])
        assert_each_step_done_once(step, answer.execution_log)
        assert_noticed(step, answer, died)
    assert_one_row_each(open_store(settings.database_url), answers)


async def caught_in_each_step(fiberwise: FiberWise) -> dict[str, Started]:
    """A run for each step, all of them in the middle of theirs. One that got away meanwhile is replaced."""
    runs: dict[str, Started] = {}
    while missing := [step for step in STEPS if step not in runs or not await is_within(runs[step], step)]:
        found = await asyncio.gather(*(caught(fiberwise, step) for step in missing))
        runs |= dict(zip(missing, found, strict=True))
    return {step: runs[step] for step in STEPS}


async def caught(fiberwise: FiberWise, step: str) -> Started:
    # No other run is asked the same: else the step cache has what this one is to be killed for.
    asked = (GIVEN if step == "ingest" else MADE) | {"null_tokens": ["NA", uuid4().hex]}
    run = await fiberwise.start(PIPELINE, asked, faults={step: "slow"})
    while not await is_within(run, step):  # noqa: ASYNC110 - the server gives no signal
        await asyncio.sleep(0.1)
    return run


async def is_within(run: Started, step: str) -> bool:
    """Whether the step's first attempt is under way."""
    pending = (await run.handle.describe()).raw_description.pending_activities
    return any(one.activity_id.startswith(f"{step}#") and one.last_started_time.seconds for one in pending)


async def kill(dev: Popen[str], victims: Collection[str], home: Path) -> None:
    """Kills `dev`, which hosts the worker, the server, or both. No child may outlive the worker by 2 s."""
    born = psutil.Process(dev.pid).children(recursive=True)
    server = psutil.Process(json.loads((home / "stack.json").read_text())["pid"])
    children = [process for process in born if process != server]
    assert children
    if "worker" in victims:
        dev.kill()
    if "server" in victims:
        server.kill()
    if "worker" in victims:
        assert await until(lambda: not any(is_alive(child) for child in children), 2), "a child lives on"


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


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


def assert_noticed(step: str, answer: RunAnswer, died: datetime) -> None:
    again = next(entry for entry in answer.execution_log if (entry.step, entry.attempt) == (step, 2))
    assert again.started_at
    assert (again.started_at - died).total_seconds() < NOTICED_SECONDS


def assert_one_row_each(store: Engine, answers: Collection[RunAnswer]) -> None:
    with store.connect() as connection:
        rows: list[Any] = list(
            connection.execute(text("select execution_id, status, outcome from pipeline_executions"))
        )
    ours = {UUID(answer.execution_id).hex for answer in answers}
    found = [row for row in rows if UUID(str(row.execution_id)).hex in ours]
    assert len(found) == len(ours)
    assert {(row.status, row.outcome) for row in found} == {("completed", "full")}
