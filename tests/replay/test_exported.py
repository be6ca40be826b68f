"""A recorded run, masked, replays and runs again with its steps stubbed: it ends as it did, however it bent."""

import json
from typing import Any

import pytest
from temporalio.client import WorkflowHistory

from fiberwise.contracts.execution import PipelineResult
from starter.exporting.exported import expected
from starter.exporting.legible import Veil, hashes_in, legible, read
from starter.exporting.playing import play, replay
from starter.histories import read_history, replayable
from tests.replay.record import HISTORIES
from tests.workflows.registered import PIPELINES

CLASSES: dict[str, type] = {**PIPELINES, **replayable()}
PLAYED = (
    "complex-multi-agent/full",
    "complex-multi-agent/retried",
    "complex-multi-agent/worker-killed",
    "complex-multi-agent/fallback",
    "complex-multi-agent/held-edited",
    "complex-multi-agent/held-given",
    "complex-multi-agent/paused",
    "complex-multi-agent/retried-run",
    "complex-multi-agent/timed-out",
    "gated/approved",
    "stood-in/activity",
    "undone/failed",
)
EVERY = [f"{file.parent.name}/{file.stem}" for file in sorted(HISTORIES.glob("*/*.json"))]


def _history(name: str) -> WorkflowHistory:
    return read_history((HISTORIES / f"{name}.json").read_text(), name)


def _masked(history: WorkflowHistory) -> WorkflowHistory:
    """As it comes out of a file."""
    document = legible(history, Veil({"/tmp/fiberwise-histories": "/somewhere"}, hashes_in(history)))
    return read(history.workflow_id, json.loads(json.dumps(document)))


def _result(history: WorkflowHistory) -> PipelineResult[Any, Any]:
    last = history.events[-1]
    completed = last.workflow_execution_completed_event_attributes.result.payloads
    failed = last.workflow_execution_failed_event_attributes.failure.application_failure_info.details.payloads
    [found] = completed or failed
    return PipelineResult[Any, Any].model_validate_json(found.data)


@pytest.mark.parametrize("name", PLAYED)
async def test_it_ends_the_same_with_stubs(name: str):
    history = _masked(_history(name))
    result = _result(history)
    played = await play(CLASSES[name.partition("/")[0]], history, result.outcome == "timed_out")
    assert expected(played) == expected(result)


@pytest.mark.parametrize("name", EVERY)
async def test_masked_it_replays(name: str):
    await replay(CLASSES[name.partition("/")[0]], _masked(_history(name)))


@pytest.mark.parametrize("name", ["complex-multi-agent/held-given", "chained/fallback"])
def test_what_is_written_is_read_again(name: str):
    plain = Veil({}, (), hides=False)
    written = legible(_history(name), plain)
    assert legible(read(name, written), plain) == written


async def test_a_step_that_the_history_does_not_know_is_told():
    history = _history("complex-multi-agent/full")
    began = next(event for event in history.events if "extract#1.1" in str(event))
    began.activity_task_scheduled_event_attributes.activity_id = "another#1.1"
    result = await play(CLASSES["complex-multi-agent"], history, timed_out=False)
    assert "the history does not tell what came of extract#1.1" in str(result.reasons)
