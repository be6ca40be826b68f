"""Runs caught in the middle, SIGKILL for the parts of a stack, and what its record store then holds."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path
from subprocess import Popen
from typing import Any
from uuid import UUID

import psutil
from sqlalchemy import text
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle

from fiberwise.contracts.view import RunAnswer
from fiberwise.pipeline.policies import HEARTBEAT
from fiberwise.runtime.polling import until
from fiberwise.store.engine import open_store

Handle = WorkflowHandle[Any, Any]
# The longest backoff before a second attempt is 2 s; the rest is what a busy machine adds.
BACKOFF = timedelta(seconds=12)


def due_again(killed: datetime, back: datetime) -> datetime:
    """By when what ran at the kill is done again: its silence is noticed by a heartbeat, by a server that is up."""
    return max(killed + HEARTBEAT, back) + BACKOFF


async def caught_in_each(
    names: Collection[str],
    begin: Callable[[str], Awaitable[Handle]],
    is_caught: Callable[[str, Handle], Awaitable[bool]],
) -> dict[str, Handle]:
    """A run for each name, all of them in the middle at once. One that got away meanwhile is replaced."""

    async def caught(name: str) -> Handle:
        run = await begin(name)
        while not await is_caught(name, run) and await is_running(run):  # noqa: ASYNC110 - the server gives no signal
            await asyncio.sleep(0.2)
        return run

    runs: dict[str, Handle] = {}
    while missing := [name for name in names if name not in runs or not await is_caught(name, runs[name])]:
        found = await asyncio.gather(*(caught(name) for name in missing))
        runs |= dict(zip(missing, found, strict=True))
    return {name: runs[name] for name in names}


async def is_running(run: Handle) -> bool:
    return (await run.describe()).status == WorkflowExecutionStatus.RUNNING


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


def recorded(database: str, answers: Collection[RunAnswer]) -> list[tuple[str, str]]:
    """Status and outcome in each row that an execution has in the record store, one execution after the other."""
    store = open_store(database)
    with store.connect() as connection:
        rows = connection.execute(text("select execution_id, status, outcome from pipeline_executions")).all()
    store.dispose()
    return [
        (row.status, row.outcome)
        for answer in answers
        for row in rows
        if UUID(str(row.execution_id)) == UUID(answer.execution_id)
    ]
