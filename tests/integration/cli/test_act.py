"""A person acts on runs of a stack that stays: what the commands say, and what they refuse."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import pexpect
import pytest

from fiberwise.contracts.errors import Refused
from fiberwise.contracts.options import FaultKind
from fiberwise.contracts.view import ExecutionView
from fiberwise.runtime.settings import Settings
from starter.client import FiberWise
from tests.integration.cli.conftest import Several, Terminal
from tests.integration.cli.program import PROGRAM, ROOT, Fiberwise

SMALL = ("complex-multi-agent", "--set", "generate.rows=40")
HELD = (*SMALL, "--hold", "--fault", "synthesize=fail")
ACTS = ("pause", "resume", "approve", "reject", "repair --retry", "retry-now", "cancel", "terminate")

pytestmark = pytest.mark.usefixtures("dev")


@pytest.fixture
async def client(dev: dict[str, Any], home: Path) -> FiberWise:
    """For what is not to be tested here: it takes a tenth of the time of a command."""
    return await FiberWise.connect(Settings(home=home), user="ann")


@pytest.fixture
async def held(client: FiberWise) -> AsyncGenerator[str]:
    """The id, cut short, of a run whose synthesis has failed for good and waits."""
    execution_id = await _begun(client, {"synthesize": "fail"}, "needs_repair", hold=True)
    yield execution_id[:8]
    with suppress(Refused):
        await client.terminate(execution_id)


@pytest.fixture
async def hanging(client: FiberWise) -> AsyncGenerator[str]:
    """The id, cut short, of a run whose first step is under way for ever."""
    execution_id = await _begun(client, {"generate": "hang"}, "running")
    yield execution_id[:8]
    with suppress(Refused):
        await client.terminate(execution_id)


async def _begun(client: FiberWise, faults: dict[str, FaultKind], phase: str, *, hold: bool = False) -> str:
    request = {"generate": {"rows": 40}}
    started = await client.start("complex-multi-agent", request, faults=faults, hold=hold)
    await _until(client, started.execution_id, phase)
    return started.execution_id


async def _until(client: FiberWise, id: str, phase: str) -> ExecutionView:
    """Its view, once it is in this phase with all its attempts in the matching state. Raises TimeoutError."""
    async with asyncio.timeout(60):
        while not _is_in(seen := await client.view(id), phase):  # noqa: ASYNC110 - the server gives no signal
            await asyncio.sleep(0.2)
    return seen


def _is_in(seen: ExecutionView, phase: str) -> bool:
    states = {"running": {"running"}, "paused": {"paused"}}.get(phase, set())
    return seen.phase == phase and {one.state for one in seen.pending} == states


def test_a_run_on_a_terminal_shows_that_it_waits_and_repair_asks_what_to_do(terminal: Terminal):
    run = terminal("run", *HELD)
    run.expect(r"fiberwise repair (\w{8})")
    repair = terminal("repair", run.match.group(1))
    repair.expect("InjectedFault: failed on purpose")
    repair.expect("goes on without it, degraded")
    repair.expect("What is to be done")
    repair.sendline("burn")
    repair.expect("`burn` is none of them")
    repair.sendline("edit")
    repair.expect("PATH=VALUE")
    repair.sendline("null_tokens=3")
    repair.sendline("")
    repair.expect("Why")
    repair.sendline("just so")
    repair.expect("input of synthesize: `null_tokens`: input should be")
    repair.expect("What is to be done")
    repair.sendline("skip")
    repair.expect("Why")
    repair.sendline("not needed")
    repair.expect("repair of synthesize#1: skip")
    repair.expect(pexpect.EOF)
    run.expect("synthesize was skipped")
    run.expect(pexpect.EOF)
    for child in (repair, run):
        child.wait()
        assert child.exitstatus == 0


async def test_a_person_may_leave_things_as_they_are(terminal: Terminal, client: FiberWise, held: str):
    repair = terminal("repair", held)
    repair.expect("What is to be done")
    repair.sendeof()
    repair.expect(pexpect.EOF)
    repair.wait()
    assert repair.exitstatus == 0
    assert (await client.view(held)).phase == "needs_repair"


def test_a_run_that_no_terminal_watches_says_on_stderr_that_it_waits_and_what_to_type(
    environment: dict[str, str], fiberwise: Fiberwise
):
    with Popen(
        [PROGRAM, "run", *HELD], cwd=ROOT, env=environment, stdout=PIPE, stderr=PIPE, text=True
    ) as run:
        assert run.stderr
        line = next(line for line in run.stderr if line.startswith("  fiberwise repair "))
        mended = fiberwise("repair", line.split()[2], "--skip", "--reason", "later", "--json")
        _, err = run.communicate()
    assert mended.code == 0
    assert (mended.answer["kind"], mended.answer["noted"]["action"]) == ("repair", "skip")
    assert (mended.answer["noted"]["step"], mended.answer["noted"]["reason"]) == ("synthesize", "later")
    assert (run.returncode, "synthesize was skipped" in err) == (0, True)


def test_without_a_flag_what_waits_is_shown_and_the_flags_are_told(held: str, fiberwise: Fiberwise):
    plain, told = fiberwise("repair", held), fiberwise("repair", held, "--json")
    assert (plain.code, told.code) == (2, 2)
    assert "synthesize#1  needs repair" in plain.out
    assert "--give JSON; --skip" in plain.err
    [waiting] = told.answer
    assert (waiting["step"], waiting["silence"]) == ("synthesize", "degrade")
    assert waiting["failures"][0]["message"] == "failed on purpose"
    assert told.error["code"] == "bad_input"


def test_a_repair_that_does_not_fit_is_refused_in_two_lines(held: str, several: Several):
    wrong = {
        ("--retry", "--skip"): "retry and skip are 2 things",
        ("--edit", "{"): "the value of --edit is no JSON",
        ("--edit", "[]"): "the value of --edit must be a JSON object",
        ("--set", "rows"): "`rows` is not PATH=VALUE",
        ("--set", "rows=3"): "the input of synthesize has no field `rows`",
        (
            "--set",
            "dataset.rows=many",
        ): "input of synthesize: `dataset.rows`: input should be a valid integer",
        ("--give", "{}"): "result of synthesize: ",
        ("--give", "@no-such-file"): "no-such-file cannot be read",
        ("--retry", "--step", "extract"): "`extract` waits for no repair",
    }
    ran = several(*(("repair", held, *flags) for flags in wrong))
    for one, said in zip(ran, wrong.values(), strict=True):
        assert (one.code, one.out) == (2, "")
        assert said in one.err
        assert len(one.err.splitlines()) <= 2


async def test_set_reaches_into_the_input_that_the_step_had(
    held: str, client: FiberWise, fiberwise: Fiberwise
):
    mended = fiberwise("repair", held, "--set", "dataset.source=by-hand.csv", "--json")
    assert mended.answer["noted"]["action"] == "edit"
    [waiting] = (await _until(client, held, "needs_repair")).waiting
    assert isinstance(waiting.input, dict)
    dataset = waiting.input["dataset"]
    assert isinstance(dataset, dict)
    assert (dataset["source"], dataset["rows"]) == ("by-hand.csv", 40)
    assert [failure.message for failure in waiting.failures] == ["failed on purpose"] * 2


def test_what_waits_for_a_person_is_listed_and_shown_with_what_to_type(held: str, several: Several):
    listed, shown = several(("list", "--phase", "needs_repair", "--json"), ("show", held))
    assert held in [one["execution_id"][:8] for one in listed.answer]
    assert f"→ fiberwise repair {held}" in shown.out


async def test_a_running_step_is_paused_now_and_done_again_on_resume(
    hanging: str, client: FiberWise, fiberwise: Fiberwise, several: Several
):
    paused = fiberwise("pause", hanging, "--now", "--reason", "new data come", "--json").answer
    seen = await _until(client, hanging, "paused")
    again, shown, resumed = several(("pause", hanging), ("show", hanging), ("resume", hanging))
    after = await _until(client, hanging, "running")

    assert paused["attempts"] == ["generate#1.1"]
    assert seen.cause.endswith(": new data come")
    assert (again.code, "it is paused already" in again.err) == (2, True)
    assert f"→ fiberwise resume {hanging}" in shown.out
    assert "resumed, generate#1.1 begins now" in resumed.out
    assert [one.attempt for one in after.pending] == [2]


def test_terminate_says_who_and_why_and_closes_the_record(hanging: str, several: Several):
    ended, shown = several(("terminate", hanging, "--reason", "stuck", "--json"), ("show", hanging, "--json"))
    assert (ended.answer["kind"], ended.answer["recorded"]) == ("terminate", True)
    assert shown.answer["reasons"][-1].startswith("the run was terminated: stuck (by ")


def test_a_deadline_ends_a_run_as_timed_out(fiberwise: Fiberwise):
    ran = fiberwise("run", *SMALL, "--fault", "generate=hang", "--deadline", "2s", "--json")
    assert (ran.code, ran.answer["outcome"]) == (1, "timed_out")


async def test_of_a_run_that_is_over_unknown_or_not_ours_everything_is_refused(
    client: FiberWise, several: Several
):
    over = (await client.run("complex-multi-agent", {"generate": {"rows": 40}})).execution_id[:8]
    foreign = "temporal-sys-scheduler:reconcile-records-fiberwise"
    said = {
        **{f"{act} {over}": "has ended: full" for act in ACTS},
        "pause zzz": "there is no execution `zzz`",
        f"terminate {foreign}": "is no pipeline of ours",
        f"pause {foreign}": "is no pipeline of ours",
    }
    ran = several(*([*line.split(), "--json"] for line in said))
    assert {(one.code, one.out) for one in ran} == {(2, "")}
    assert [
        one.error["message"] for one, reason in zip(ran, said.values(), strict=True) if reason not in one.err
    ] == []


def test_what_a_healthy_run_does_not_wait_for_is_refused(hanging: str, several: Several):
    said = {
        "resume": "it is not paused",
        "approve": "no step waits for approval",
        "reject": "no step waits for approval",
        "repair --retry": "no step waits for repair",
        "repair": "no step waits for repair",
        "retry-now": "no step waits in its backoff: generate#1.1 is running",
    }
    ran = several(*([*line.split(), hanging] for line in said))
    assert [one.code for one in ran] == [2] * len(said)
    assert [one.err for one, reason in zip(ran, said.values(), strict=True) if reason not in one.err] == []
