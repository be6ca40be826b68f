"""One idempotency key, started by many at once from several processes, is one execution, whatever is killed."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest
from temporalio.client import Client

from fiberwise.contracts.record import ExecutionFilter
from fiberwise.runtime.settings import Settings
from fiberwise.store.engine import open_store
from fiberwise.store.queries import executions
from starter.client import FiberWise
from tests.integration.cli.program import ROOT, staying

KEY = "nightly"
PROCESSES, EACH = 4, 50
INTO_THE_WAVE = 0.4  # seconds: the first starts are answered by then, most are not


class Wave(NamedTuple):
    """200 starts at once, and as many with another input, by what their processes say of them."""

    ids: set[str]
    new: int
    answered: int
    refused: int


@pytest.fixture
async def callers(environment: dict[str, str]) -> AsyncGenerator[list[Process]]:
    command = (sys.executable, "-m", "tests.chaos.starting", KEY, str(EACH))
    started = [
        await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdin=PIPE, stdout=PIPE)
        for _ in range(PROCESSES)
    ]
    await asyncio.gather(*(process.stdout.readline() for process in started if process.stdout))
    yield started
    for process in started:
        process.kill()
        await process.wait()


async def test_200_starts_with_one_key_are_one_execution_through_kills_of_worker_and_server(
    callers: list[Process], environment: dict[str, str], home: Path
):
    settings = Settings(home=home)
    with staying(environment, "dev") as (dev, _):
        call(callers)
        await asyncio.sleep(INTO_THE_WAVE)
        dev.kill()
        first = await answers(callers)
    with staying(environment, "dev"):
        call(callers)
        await asyncio.sleep(INTO_THE_WAVE)
        psutil.Process(json.loads((home / "stack.json").read_text())["pid"]).kill()
    with staying(environment, "dev") as (_, told):
        second = await answers(callers)
        [execution_id] = first.ids
        answer = await (await FiberWise.connect(settings)).answer(execution_id)
        call(callers)
        third = await answers(callers)
        listed = await listed_in(told)
    assert [(wave.answered, wave.refused) for wave in (first, second, third)] == [(200, 200)] * 3
    assert first.ids == second.ids == third.ids
    assert (first.new, second.new, third.new) == (1, 0, 0)
    assert (answer.outcome, answer.metadata.key) == ("full", KEY)
    assert listed == [f"complex-multi-agent/{execution_id}"]
    kept = executions(open_store(settings.database_url), ExecutionFilter())
    assert [one.execution_id for one in kept] == [execution_id]


def call(callers: list[Process]) -> None:
    """Has them all start now."""
    for process in callers:
        assert process.stdin
        process.stdin.write(b"now\n")


async def answers(callers: list[Process]) -> Wave:
    lines = await asyncio.gather(*(process.stdout.readline() for process in callers if process.stdout))
    told = [json.loads(line) for line in lines]
    ids = {execution_id for one in told for execution_id in one["ids"]}
    return Wave(ids, *(sum(one[name] for one in told) for name in ("new", "answered", "refused")))


async def listed_in(told: dict[str, Any]) -> list[str]:
    """The pipelines' executions that the server has, by workflow id."""
    client = await Client.connect(told["address"])
    return [one.id async for one in client.list_workflows("WorkflowType = 'complex-multi-agent'")]
