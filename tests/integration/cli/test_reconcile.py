"""The record of a run that could not write it itself is mended: by command, and by the server's schedule."""

import asyncio
import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client

from fiberwise.contracts.record import RunningRecord, StoredExecution
from fiberwise.store.engine import open_store
from fiberwise.store.queries import get_execution
from fiberwise.store.recorder import Recorder
from tests.integration.cli.program import PROGRAM, Fiberwise

SMALL = ("complex-multi-agent", "--set", "generate.rows=40")
TEMPORAL = str(Path(PROGRAM).with_name("temporal"))
LAG_SECONDS = 30  # of the server's list behind the truth, on a busy machine: usually half a second


@pytest.fixture(scope="module")
def stored(dev: dict[str, Any], home: Path) -> Callable[[str], StoredExecution | None]:
    """Looks an execution up in the stack's record store."""
    engine = open_store(f"sqlite:///{home / 'records.sqlite'}")
    return lambda execution_id: get_execution(engine, execution_id)


@pytest.fixture
def terminated(dev: dict[str, Any], fiberwise: Fiberwise) -> str:
    """The execution id of a run that somebody ended by hand in its second step."""
    started = fiberwise("start", *SMALL, "--fault", "synthesize=hang", "--json").answer
    workflow_id = started["workflow_id"]
    _until(lambda: "synthesize" in [step["step"] for step in _shown(fiberwise, workflow_id)["pending"]])
    _temporal(dev, "workflow", "terminate", "--workflow-id", workflow_id, "--reason", "by hand")
    return started["execution_id"]


def test_reconcile_records_how_a_terminated_run_ended_with_its_log(
    terminated: str, fiberwise: Fiberwise, stored: Callable[[str], StoredExecution | None]
):
    left = stored(terminated)
    assert left
    assert left.status == "running"
    _until(lambda: terminated in fiberwise("reconcile", "--json").answer["repaired"])
    found = stored(terminated)
    assert found
    assert (found.status, found.outcome) == ("failed", "failed")
    assert "the run was terminated: by hand" in found.reasons
    assert {entry.step for entry in found.execution_log} == {"generate", "extract", "transform"}
    [stats] = fiberwise("stats", "--json").answer
    assert stats["failed"] >= 1
    again = fiberwise("reconcile", "--since", "1h", "--json").answer
    assert again["checked"] >= 1
    assert again["repaired"] == []
    assert "records mended: 0" in fiberwise("reconcile").out


async def test_the_stack_has_a_schedule_that_reconciles(
    terminated: str, dev: dict[str, Any], stored: Callable[[str], StoredExecution | None]
):
    client = await Client.connect(dev["address"])
    schedule = client.get_schedule_handle("reconcile-records-fiberwise")
    every = [interval.every for interval in (await schedule.describe()).schedule.spec.intervals]
    assert every == [timedelta(minutes=10)]
    async with asyncio.timeout(LAG_SECONDS):
        while (found := stored(terminated)) and found.status == "running":
            await schedule.trigger()
            await asyncio.sleep(0.5)
    assert (await schedule.describe()).info.recent_actions


async def test_a_record_whose_run_the_server_forgot_is_closed_and_says_so(
    fiberwise: Fiberwise, home: Path, stored: Callable[[str], StoredExecution | None]
):
    execution_id = str(uuid4())
    record = RunningRecord(
        execution_id=execution_id,
        pipeline="complex-multi-agent",
        workflow_id=f"complex-multi-agent/{execution_id}",
        started_at=datetime.now(UTC) - timedelta(days=40),
    )
    recorder = Recorder(f"sqlite:///{home / 'records.sqlite'}", str(home / "artifacts"))
    recorder.note_running(record)
    await recorder.close()
    ran = fiberwise("reconcile")
    assert f"{execution_id}: the server no longer knows it" in ran.out
    found = stored(execution_id)
    assert found
    assert (found.status, found.outcome) == ("failed", "failed")


def test_a_start_with_bad_plain_json_is_exit_2_in_one_line(dev: dict[str, Any], fiberwise: Fiberwise):
    workflow_id = f"complex-multi-agent/{uuid4()}"
    what = ("--type", "complex-multi-agent", "--workflow-id", workflow_id, "--task-queue", "fiberwise")
    _temporal(dev, "workflow", "start", *what, "--input", json.dumps({"generate": {"rowz": 5}}))
    watched = fiberwise("watch", workflow_id, "--json")
    assert (watched.code, watched.error["code"]) == (2, "bad_input")
    assert watched.answer["failure"]["type"] == "BadInput"
    assert "`generate.rowz`: no such field, did you mean `rows`?" in watched.error["message"]
    assert "\n" not in watched.error["message"]


def _shown(fiberwise: Fiberwise, workflow_id: str) -> dict[str, Any]:
    return fiberwise("show", workflow_id, "--json").answer


def _temporal(dev: dict[str, Any], *arguments: str) -> None:
    subprocess.run([TEMPORAL, *arguments, "--address", dev["address"]], check=True, capture_output=True)


def _until(condition: Callable[[], bool]) -> None:
    deadline = datetime.now(UTC) + timedelta(seconds=LAG_SECONDS)
    while not condition():
        assert datetime.now(UTC) < deadline
