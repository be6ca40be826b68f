"""A run that holds for repair outlives what served it: a worker that is killed, a stack that its command brought."""

import asyncio
from pathlib import Path

import pexpect

from fiberwise.runtime.settings import Settings
from fiberwise.runtime.stack import open_stack
from starter.client import FiberWise
from tests.integration.cli.conftest import Terminal
from tests.integration.cli.program import Fiberwise, staying

SMALL = {"generate": {"rows": 40}}


async def test_the_worker_is_killed_while_a_run_holds_and_another_mends_it(
    environment: dict[str, str], home: Path
):
    """The first refuses faults, and so fails the step for good; the second allows them, and this one strikes once."""
    settings = Settings(home=home)
    async with open_stack(settings):
        client = await FiberWise.connect(settings, user="ann")
        with staying(environment, "worker") as (first, _):
            run = await client.start("complex-multi-agent", SMALL, faults={"extract": "fail-once"}, hold=True)
            await _holds(client, run.execution_id)
            first.kill()
            first.wait()
        with staying(environment | {"FIBERWISE_ALLOW_FAULTS": "1"}, "worker"):
            acted = await client.repair(run.execution_id, "retry", "this one allows it")
            answer = await client.answer(run.execution_id)

    tries = {
        step: [(entry.attempt, entry.status) for entry in answer.execution_log if entry.step == step]
        for step in ("generate", "transform", "extract")
    }
    assert acted.noted
    assert answer.outcome == "full"
    assert tries == {
        "generate": [(1, "completed")],
        "transform": [(1, "completed")],
        "extract": [(1, "failed"), (2, "completed")],
    }
    assert [entry.note for entry in answer.execution_log if entry.note] == [
        "retry by ann: this one allows it"
    ]


async def _holds(client: FiberWise, id: str) -> None:
    """Once `extract` waits, and nothing else is under way."""
    async with asyncio.timeout(60):
        while True:
            seen = await client.view(id)
            if seen.phase == "needs_repair" and not seen.pending:
                return
            await asyncio.sleep(0.2)


def test_a_run_left_holding_on_a_stack_of_its_own_is_mended_and_carried_to_its_end(
    terminal: Terminal, fiberwise: Fiberwise
):
    held = ("complex-multi-agent", "--set", "generate.rows=40", "--hold", "--fault", "synthesize=fail")
    run = terminal("run", *held)
    run.expect(r"fiberwise repair (\w{8})")
    short = run.match.group(1)
    run.sendintr()
    run.expect("stays open")
    run.expect(pexpect.EOF)
    run.wait()
    assert run.exitstatus == 130
    mended = fiberwise("repair", short, "--skip", "--json")
    assert (mended.code, mended.answer["noted"]["action"]) == (0, "skip")
    assert f"carried on complex-multi-agent/{short}" in mended.err
    assert mended.err.rstrip().endswith(": degraded")
